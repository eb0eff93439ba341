import { notFound } from '@sluice/contract/errors'
import type { User } from '@sluice/contract/people'
import type { Database } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { eq, sql } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import { users } from './tables.ts'

/** Changes the caller's own name, which every workspace of theirs shows. */
export function renameUser(
  deps: { db: Database; clock: { now(): Date } },
  caller: { user: User; address?: string | null | undefined },
  input: { name: string },
): Promise<User> {
  return deps.db.system(async (tx) => {
    const [row] = await tx
      .update(users)
      .set({ name: input.name, updatedAt: deps.clock.now() })
      .where(eq(users.id, caller.user.id))
      .returning({ id: users.id, name: users.name, email: users.email })
    if (!row) throw notFound('user', caller.user.id)
    const { rows } = await tx.execute<{ workspace_id: string }>(
      sql`select workspace_id from members where user_id = ${row.id} order by workspace_id`,
    )
    for (const { workspace_id: workspaceId } of rows) {
      const scope = {
        workspaceId,
        actor: { type: 'user', id: row.id, name: row.name } as const,
        address: caller.address,
      }
      await recordAudit(tx, scope, {
        action: 'user.renamed',
        subjectType: 'user',
        subjectId: row.id,
        details: { from: caller.user.name, to: row.name },
      })
      append(tx, scope, `workspace:${workspaceId}`, [{ type: 'people.changed', payload: {} }])
    }
    return row
  })
}
