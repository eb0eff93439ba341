import { realpath } from 'node:fs/promises'
import type { RepositoryId } from '@sluice/contract/ids'
import { findPgError } from '@sluice/db/errors'
import { and, eq, isNotNull, type SQL } from 'drizzle-orm'
import type { Tx } from '@sluice/db/database'
import type { Scope } from '../../platform/index.ts'
import { sessions, tasks } from '../../sessions/index.ts'
import { TaskFailed } from './task-failed.ts'
import type { TaskRun } from './task-run-context.ts'

/**
 * Takes the user's checkout for a task that works in place: what lies there is recorded as the
 * user's own, which it would not be while another task is at work. Held until the files are put
 * back or committed; claiming it again is no second claim.
 * @throws TaskFailed repository_busy, naming the task that holds it
 */
export async function claimCheckout({ deps, scope, taskId }: TaskRun, path: string): Promise<void> {
  const checkout = await realpath(path)
  try {
    await deps.db.scoped(scope, (tx) =>
      tx
        .update(tasks)
        .set({ checkout })
        .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId))),
    )
  } catch (cause) {
    if (findPgError(cause)?.constraint !== 'tasks_checkout') throw cause
    const holder = await deps.db.scoped(scope, (tx) =>
      findHolder(tx, scope, eq(tasks.checkout, checkout)),
    )
    throw new TaskFailed(
      'repository_busy',
      `${holder ?? 'A task of another workspace'} works in this checkout (${checkout}). Decide or cancel that one, then continue; or start an isolated session, which waits for nobody.`,
      { cause },
    )
  }
}

/** A task of this workspace that works in the user's checkout of a branch, in words. */
export function findHolderOfBranch(
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
  branch: string,
): Promise<string | undefined> {
  return findHolder(
    tx,
    scope,
    and(
      isNotNull(tasks.checkout),
      eq(tasks.repositoryId, repositoryId),
      eq(sessions.branch, branch),
    ),
  )
}

async function findHolder(
  tx: Tx,
  scope: Scope,
  which: SQL | undefined,
): Promise<string | undefined> {
  const [holder] = await tx
    .select({ number: tasks.number, title: sessions.title })
    .from(tasks)
    .innerJoin(sessions, eq(sessions.id, tasks.sessionId))
    .where(and(eq(tasks.workspaceId, scope.workspaceId), which))
    .limit(1)
  return holder && `Task ${holder.number} of the session “${holder.title}”`
}
