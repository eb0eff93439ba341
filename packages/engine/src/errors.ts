/** The run was cancelled; `message` is the reason that was given. */
export class RunCancelled extends Error {
  override readonly name = 'RunCancelled'
}

/** The run, or one attempt of a step, went over its time limit. */
export class RunTimedOut extends Error {
  override readonly name = 'RunTimedOut'
  readonly code = 'timed_out'
}

/** Another worker owns the run now: whatever is still going on here must not touch the world. */
export class RunFenced extends Error {
  override readonly name = 'RunFenced'
}

/** This worker is being drained: the step was cut short and is executed again elsewhere. */
export class WorkerDrained extends Error {
  override readonly name = 'WorkerDrained'
}

/** Marks a failure as final: never retried, and the run ends `failed`, not as a dead letter. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  readonly permanent = true
  readonly code: string

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** What is recorded of a step that used up its attempts; the same object shape live and in a replay. */
export interface StepFailure {
  code: string
  message: string
  permanent: boolean
  details?: unknown
}

/** A step gave up. `code` is the code (else the name) of the error that its work threw last. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
  readonly step: string
  readonly position: number
  readonly code: string
  readonly permanent: boolean
  readonly details: unknown

  constructor(step: string, position: number, failure: StepFailure) {
    super(failure.message)
    this.step = step
    this.position = position
    this.code = failure.code
    this.permanent = failure.permanent
    this.details = failure.details
  }
}
