import { ORPCError } from '@orpc/client'

/** An error as a person reads it: what happened, and the id under which the server logged it. */
export interface Problem {
  code: string
  message: string
  errorId?: string
  /** Messages by field path (`email`, `gates.0.command`), where the server refused the input. */
  fields: Record<string, string>
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * The details of `invalid_input`, `{ fields: [{ field: 'gates.0.command', message }] }`, and of a refusal for
 * the sake of one field, `{ field: 'baseBranch' }`, whose message is the error's own.
 */
function fieldsOf(details: unknown, ofWhole: string): Record<string, string> {
  if (!isRecord(details)) return {}
  if (typeof details.field === 'string') return { [details.field]: ofWhole }
  if (!Array.isArray(details.fields)) return {}
  return Object.fromEntries(
    details.fields.flatMap((one: unknown) =>
      isRecord(one) && typeof one.field === 'string' && typeof one.message === 'string'
        ? [[one.field, one.message]]
        : [],
    ),
  )
}

function errorIdOf(details: unknown): string | undefined {
  return isRecord(details) && typeof details.errorId === 'string' ? details.errorId : undefined
}

function isCallError(error: unknown): error is ORPCError<string, unknown> {
  return error instanceof ORPCError
}

/** Reads whatever was thrown. A fault of the network says so, and says that nothing typed was lost. */
export function problemOf(error: unknown): Problem {
  if (isCallError(error)) {
    const { code, message, data } = error
    const problem: Problem = {
      code: code.toLowerCase(),
      message,
      fields: fieldsOf(data, message),
    }
    const errorId = errorIdOf(data)
    if (errorId !== undefined) problem.errorId = errorId
    return problem
  }
  if (error instanceof TypeError) {
    return {
      code: 'unreachable',
      message: 'The server did not answer. It may be restarting; try again in a moment.',
      fields: {},
    }
  }
  return {
    code: 'unknown',
    message: error instanceof Error ? error.message : String(error),
    fields: {},
  }
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error !== null && error !== undefined && codes.includes(problemOf(error).code)
}
