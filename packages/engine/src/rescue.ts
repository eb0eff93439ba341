import type { Database, Tx } from '@sluice/db/database'
import { sql } from 'drizzle-orm'
import type { Durable } from './durable.ts'
import { hint, workKey } from './notify.ts'
import type { Session } from './session.ts'

export interface RescueDeps {
  database: Database
  durable: Pick<Durable, 'openOf' | 'resume' | 'isOpen'>
  session: Pick<Session, 'isLockFree' | 'asRescuerOf' | 'isMember'>
  workerId: string
  /** A worker that is alive by its lock but has not written a heartbeat for so long is frozen. */
  staleMs: number
  onRescued: (workerId: string, runs: number) => void
}

interface WorkerState extends Record<string, unknown> {
  id: string
  status: 'alive' | 'drained'
  stale: boolean
}

/** Takes over the runs of every worker that died, froze, or left open runs when it ended. */
export async function rescueDeadWorkers(deps: RescueDeps): Promise<void> {
  if (!deps.session.isMember()) return
  const others = await deps.database.querySystem<WorkerState>(
    `select id, status, heartbeat_at < now() - $2 * interval '1 millisecond' as stale from workers where status <> 'gone' and id <> $1`,
    [deps.workerId, deps.staleMs],
  )
  for (const other of others) {
    if (!other.stale && !(await deps.session.isLockFree(other.id))) continue
    const runs = await deps.session.asRescuerOf(other.id, () => takeOver(deps, other))
    if (runs !== undefined) deps.onRescued(other.id, runs)
  }
}

/** Every part may be done again: a rescuer that dies half-way leaves the worker's row as it was, and the next one begins anew. */
async function takeOver(
  { database, durable }: RescueDeps,
  dead: WorkerState,
): Promise<number | undefined> {
  const [still] = await database.querySystem<{ id: string }>(
    `select id from workers where id = $1 and status <> 'gone'`,
    [dead.id],
  )
  if (!still) return undefined
  // First of all its executions are fenced, so that one that wakes up meanwhile can change nothing more.
  const held = await database.system(async (tx) => {
    const { rows } = await tx.execute<{ id: string; status: string }>(sql`
      update runs set epoch = epoch + 1,
        crashes = crashes + case when status = 'running' and ${dead.status === 'alive'} and worker_id is not null then 1 else 0 end
      where worker_id = ${dead.id} and status in ('queued', 'running', 'waiting') returning id, status`)
    return rows
  })
  await durable.resume(await durable.openOf(dead.id))
  const never = await neverBegun(durable, held)
  await database.system(async (tx) => {
    await queueAgain(tx, dead.id, never)
    await tx.execute(sql`update workers set status = 'gone' where id = ${dead.id}`)
    await hint(tx, workKey)
  })
  return held.length
}

/**
 * Takes back runs that the database gives to this very worker and that are not in its memory:
 * it was frozen while somebody began to take over from it, or took work in the moment in which
 * it was declared dead. Nobody else looks at them, for it lives.
 * @returns how many
 */
export async function takeBackOwn(
  { database, durable, workerId }: Pick<RescueDeps, 'database' | 'durable' | 'workerId'>,
  ids: readonly string[],
): Promise<number> {
  const held = await database.querySystem<{ id: string }>(
    `update runs set epoch = epoch + 1
     where id = any($1) and worker_id = $2 and status in ('queued', 'running', 'waiting') returning id`,
    [ids, workerId],
  )
  const mine = new Set(held.map(({ id }) => id))
  await durable.resume((await durable.openOf(workerId)).filter((id) => mine.has(id)))
  const never = await neverBegun(durable, held)
  await database.system(async (tx) => {
    await queueAgain(tx, workerId, never)
    await hint(tx, workKey)
  })
  return held.length
}

/** Runs that were given their slot and never began, or were to be forked or rewound. */
async function neverBegun(
  durable: RescueDeps['durable'],
  held: readonly { id: string }[],
): Promise<string[]> {
  const never: string[] = []
  for (const { id } of held) if (!(await durable.isOpen(id))) never.push(id)
  return never
}

/** They stand in line again. */
async function queueAgain(tx: Tx, workerId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.execute(sql`
    update runs set status = 'queued', resuming = false, worker_id = null, budget_ms = timeout_ms, deadline_at = null
    where id = any(${sql.param([...ids])}::text[]) and worker_id = ${workerId} and status in ('queued', 'running', 'waiting')`)
}
