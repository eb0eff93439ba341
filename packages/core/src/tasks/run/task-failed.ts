import type { TaskFailureCode } from '@sluice/contract/task'
import type { TaskId } from '@sluice/contract/ids'
import type { TaskStatus } from '@sluice/contract/task'
import { PermanentError } from '@sluice/engine/errors'

/** A failure that ends a task, with the code that people and scripts read. */
export class TaskFailed extends PermanentError {
  override readonly name = 'TaskFailed'

  constructor(code: TaskFailureCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options)
  }
}

/** The task is no longer where this run left it: a person was faster, and what they said counts. */
export class TaskMovedOn extends PermanentError {
  override readonly name = 'TaskMovedOn'

  constructor(taskId: TaskId, to: TaskStatus) {
    super('moved_on', `Task ${taskId} was moved on by someone else before it could become ${to}.`)
  }
}
