import type { Task } from '@sluice/contract/task'

/** What the command ends with; docs/cli.md lists the same. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  forbidden: 3,
  notFound: 4,
  undecided: 5,
  unreachable: 6,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** A failure that the command line found itself. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  readonly code: string

  constructor(code: string, exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
    this.code = code
    this.exitCode = exit
  }
}

export const usageError = (message: string): CommandError =>
  new CommandError('usage', exitCode.usage, message)
export const notFoundError = (message: string): CommandError =>
  new CommandError('not_found', exitCode.notFound, message)
export const interrupted = (message = 'Interrupted.'): CommandError =>
  new CommandError('interrupted', exitCode.interrupted, message)

const exitOfCode: Readonly<Record<string, ExitCode>> = {
  invalid_input: exitCode.usage,
  unauthenticated: exitCode.forbidden,
  forbidden: exitCode.forbidden,
  not_found: exitCode.notFound,
  unreachable: exitCode.unreachable,
  timed_out: exitCode.unreachable,
  database_unavailable: exitCode.unreachable,
  shutting_down: exitCode.unreachable,
}

export interface Failure {
  code: string
  message: string
  details?: unknown
  exitCode: ExitCode
}

/** Any thrown value as what is said and ended with. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) {
    return { code: error.code, message: error.message, exitCode: error.exitCode }
  }
  if (isCoded(error)) {
    const { code, message } = error
    const details = 'details' in error ? error.details : undefined
    return {
      code,
      message,
      ...(details === undefined ? {} : { details }),
      exitCode: exitOfCode[code] ?? exitCode.failed,
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'internal', message, exitCode: exitCode.failed }
}

// By shape: an ApiError of the sdk has it, and so has an error of the file system.
function isCoded(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/**
 * What a command that carried a task as far as it goes ends with: 0 only where nothing is left
 * to decide and nothing went wrong.
 */
export function exitCodeOfTask(
  task: Pick<Task, 'status' | 'failure'> & { landing: Pick<Task['landing'], 'problem'> },
): ExitCode {
  switch (task.status) {
    case 'completed':
      return task.landing.problem === null ? exitCode.ok : exitCode.failed
    case 'waiting_approval':
    case 'qa_failed':
    case 'rejected':
    case 'interrupted':
      return exitCode.undecided
    case 'cancelled':
    case 'failed':
      return exitCode.failed
    case 'approved':
      return task.failure === null ? exitCode.ok : exitCode.failed
    default:
      return exitCode.ok
  }
}
