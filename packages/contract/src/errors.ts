import { z } from 'zod'

/**
 * Every code that an API answer can carry, with the HTTP status that the server's edge
 * gives it. Domain code throws by code and knows no status.
 */
export const errorStatus = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  already_set_up: 409,
  wrong_state: 409,
  stale_review: 409,
  idempotency_mismatch: 409,
  too_large: 413,
  unprocessable: 422,
  path_not_allowed: 422,
  not_a_repository: 422,
  repository_busy: 409,
  sandbox_unavailable: 422,
  provider_unavailable: 422,
  limit_reached: 422,
  rate_limited: 429,
  internal: 500,
  database_unavailable: 503,
  shutting_down: 503,
} as const

export const ErrorCode = z.enum(Object.keys(errorStatus) as [keyof typeof errorStatus])
export type ErrorCode = keyof typeof errorStatus

/** The one form of every error answer. */
export const ErrorBody = z.object({
  error: z.object({
    code: ErrorCode,
    message: z.string().describe('What happened and what to do, for a person'),
    details: z.unknown().optional(),
  }),
})
export type ErrorBody = z.infer<typeof ErrorBody>

/** An expected failure: declared here, thrown from any layer, turned into an answer at the edge. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly details: unknown

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: unknown; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'SluiceError'
    this.code = code
    this.details = options.details
  }
}

/**
 * The answer for a thing that is not there or belongs to another workspace: the two are
 * never told apart, or an id could be probed.
 */
export function notFound(what: string, id: string): SluiceError {
  return new SluiceError('not_found', `There is no ${what} ${id} in this workspace.`)
}
