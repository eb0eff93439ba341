import type { RunId, TaskId } from '@sluice/contract/ids'
import type { Task } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import {
  cancellable,
  moveTask,
  requireTask,
  requireTaskRow,
  startNextTask,
} from '../sessions/index.ts'
import { requireAction, wrongState } from './require-action.ts'

/** The run that puts files back after a task that was stopped, and lets the next one begin. */
export const taskCleanupKind = 'task.cleanup'

/**
 * Stops a task at once; its run is told in the same transaction, and a run of its own puts
 * the files back once the other has let go of them.
 * @throws SluiceError not_found, wrong_state
 */
export function cancelTask(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    await requireAction(tx, scope, taskId, 'cancel')
    const { runId } = await requireTaskRow(tx, scope, taskId)
    const row = await moveTask(deps, tx, scope, taskId, {
      from: [...cancellable, 'failed'],
      to: 'cancelled',
      detail: runId === null ? '' : 'Putting the files back',
      set: { decidedBy: scope.actor, holdsFiles: runId !== null },
      events: [{ type: 'decision.made', payload: { taskId, decision: 'cancelled', reason: null } }],
    })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'cancel')
    if (runId === null) await startNextTask(deps, tx, scope, row.sessionId)
    else await stopRun(deps, tx, scope, taskId, runId)
    await recordAudit(tx, scope, {
      action: 'task.cancelled',
      subjectType: 'task',
      subjectId: taskId,
      details: {},
    })
    return requireTask(tx, scope, taskId)
  })
}

async function stopRun(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  runId: RunId,
): Promise<void> {
  await deps.engine.cancel(tx, scope, runId, 'the task was cancelled')
  await deps.engine.start(tx, scope, {
    kind: taskCleanupKind,
    input: { taskId, runId },
    subject: { type: 'task', id: taskId },
  })
}
