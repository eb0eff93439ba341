import type { Database } from '@sluice/db/database'
import { sql } from 'drizzle-orm'
import type { Durable } from './durable.ts'

/** So many runs at once: their records are large, and others work on the same database. */
const batchSize = 100

/**
 * Lets go of the durable records of runs that ended before a time: what every step returned,
 * which for an agent is its whole conversation again and again. The runs, their steps, logs
 * and artifacts stay to be looked at.
 * @returns how many, at most one batch
 */
export async function forgetRuns(
  database: Database,
  durable: Pick<Durable, 'remove'>,
  before: Date,
): Promise<number> {
  return await database.system(async (tx) => {
    // Locked until it is written down: a replay that was asked for meanwhile finds out first.
    const { rows } = await tx.execute<{ id: string }>(sql`
      select id from runs r
      where ended_at < ${before.toISOString()}::timestamptz and forgotten_at is null
        and not exists (select 1 from run_outbox o where o.run_id = r.id)
        and not exists (select 1 from runs f where f.forked_from = r.id and f.ended_at is null)
      order by ended_at limit ${batchSize} for update skip locked`)
    if (rows.length === 0) return 0
    const ids = rows.map(({ id }) => id)
    await durable.remove(ids)
    await tx.execute(
      sql`update runs set forgotten_at = now() where id = any(${sql.param(ids)}::text[])`,
    )
    return ids.length
  })
}
