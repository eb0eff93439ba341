import type { SessionId, TaskId } from '@sluice/contract/ids'
import { and, eq } from 'drizzle-orm'
import type { Tx } from '@sluice/db/database'
import type { CoreDeps, Scope } from '../../platform/index.ts'
import { announceTask, requireSessionRow, startNextTask, tasks } from '../../sessions/index.ts'

/**
 * Says that an ended task no longer needs the session's files, and lets the next one begin.
 * Does nothing the second time.
 * @param problem why the files could not be put back
 */
export async function releaseFiles(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  { taskId, sessionId, problem }: { taskId: TaskId; sessionId: SessionId; problem?: string },
): Promise<void> {
  await requireSessionRow(tx, scope, sessionId, 'update')
  const [row] = await tx
    .update(tasks)
    .set({
      holdsFiles: false,
      checkout: null,
      detail: '',
      // Put back or committed: what is recorded of the checkout is no longer what lies there. Where that failed, it
      // is the only copy of the user's files.
      ...(problem === undefined
        ? { workingState: null }
        : { failure: { code: 'internal' as const, message: problem } }),
    })
    .where(
      and(
        eq(tasks.workspaceId, scope.workspaceId),
        eq(tasks.id, taskId),
        eq(tasks.holdsFiles, true),
      ),
    )
    .returning()
  if (row === undefined) return
  await announceTask(deps, tx, scope, row)
  await startNextTask(deps, tx, scope, sessionId)
}
