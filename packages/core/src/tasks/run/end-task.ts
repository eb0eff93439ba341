import { TaskFailureCode, type TaskStatus } from '@sluice/contract/task'
import type { TaskId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import type { RunEnded } from '@sluice/engine/types'
import { systemScope, type CoreDeps } from '../../platform/index.ts'
import { releaseFiles } from './release-files.ts'
import {
  cancellable,
  moveSession,
  moveTask,
  requireSessionRow,
  requireTaskRow,
  startNextTask,
  tasks,
} from '../../sessions/index.ts'
import { and, eq } from 'drizzle-orm'

/** Any state in which a run carries a task. */
const carried: readonly TaskStatus[] = [...cancellable, 'approved']

/** When a task's run fails, the task says why; a cancelled one was told so already by who cancelled it. */
export async function endTask(
  deps: CoreDeps,
  tx: Tx,
  { workspaceId, runId, status, error, input }: RunEnded<{ taskId: TaskId }>,
): Promise<void> {
  if (input === undefined || error.code === 'moved_on') return
  const scope = systemScope(workspaceId)
  const [known] = await tx
    .select({ runId: tasks.runId, sessionId: tasks.sessionId })
    .from(tasks)
    .where(and(eq(tasks.workspaceId, workspaceId), eq(tasks.id, input.taskId)))
  // The session was deleted meanwhile, or another run carries the task now.
  if (known === undefined || known.runId !== runId) return
  const session = await requireSessionRow(tx, scope, known.sessionId, 'update')
  const row = await requireTaskRow(tx, scope, input.taskId)
  const code = TaskFailureCode.safeParse(error.code === 'timed_out' ? 'time_limit' : error.code)
  const failure = code.success
    ? { code: code.data, message: error.message }
    : {
        code: 'internal' as const,
        message: `Sluice itself failed: ${error.message.replace(/[.\s]+$/, '')}. The run ${runId} says more; continue to try again.`,
      }
  if (status === 'cancelled') {
    await moveTask(deps, tx, scope, row.id, { from: carried, to: 'cancelled' })
  } else {
    // The user's own checkout is as the agent left it: no other task may take that for the user's work.
    const holdsFiles =
      session.mode === 'in_place' &&
      row.checkout !== null &&
      row.workingState !== null &&
      row.commitSha === null
    await moveTask(deps, tx, scope, row.id, {
      from: carried,
      to: 'failed',
      set: { failure, holdsFiles },
    })
    if (row.status === 'rejected')
      await releaseFiles(deps, tx, scope, {
        taskId: row.id,
        sessionId: session.id,
        problem: `The files could not be put back: ${error.message}`,
      })
    if (row.status === 'completed')
      await releaseFiles(deps, tx, scope, { taskId: row.id, sessionId: session.id })
    if (session.status === 'provisioning') {
      await moveSession(deps, tx, scope, session.id, {
        from: ['provisioning'],
        to: 'failed',
        problem: failure.message,
      })
    }
  }
  await startNextTask(deps, tx, scope, session.id)
}
