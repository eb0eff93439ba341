import { SluiceError } from '@sluice/contract/errors'
import type { TaskId } from '@sluice/contract/ids'
import type { Task, TaskActions } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import type { Scope } from '../platform/index.ts'
import { requireTask } from '../sessions/index.ts'

const verbs: Record<keyof TaskActions, string> = {
  cancel: 'cancelled',
  retry: 'run again',
  continue: 'continued',
  approve: 'approved',
  commit: 'committed',
  reject: 'rejected',
  requestChanges: 'sent back',
  undoReject: 'brought back to review',
  editMessage: 'given another message',
  rerunGates: 'checked again',
  merge: 'merged',
  push: 'pushed',
  revert: 'reverted',
}

/** The task, if the caller may do this with it now. @throws SluiceError not_found, wrong_state */
export async function requireAction(
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  action: keyof TaskActions,
): Promise<Task> {
  const task = await requireTask(tx, scope, taskId)
  if (!task.actions[action]) throw wrongState(task, action)
  return task
}

/** The failure of an action that someone else's was faster than. */
export function wrongState(
  task: Pick<Task, 'status' | 'number'>,
  action: keyof TaskActions,
): SluiceError {
  const state = task.status.replaceAll('_', ' ')
  return new SluiceError(
    'wrong_state',
    `Task ${task.number} is ${state} and cannot be ${verbs[action]} now.`,
    { details: { status: task.status } },
  )
}
