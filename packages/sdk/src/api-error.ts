import { ORPCError } from '@orpc/client'
import type { ErrorCode } from '@sluice/contract/errors'

/** What can go wrong before the server could say anything. */
export type TransportCode = 'unreachable' | 'timed_out'

/**
 * An error of a call. It has the shape of the server's `SluiceError` (`code`, `message`,
 * `details`), and is an `ORPCError` too, so that oRPC's own helpers know it.
 */
export class ApiError extends ORPCError<ErrorCode | TransportCode, unknown> {
  get details(): unknown {
    return this.data
  }
}

/** Codes of oRPC itself (a route that does not exist, a body that does not parse) in our vocabulary. */
const codeOfStatus: Record<number, ErrorCode> = {
  400: 'invalid_input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  422: 'unprocessable',
  429: 'rate_limited',
  503: 'database_unavailable',
}

/** Ours are written small, oRPC's are not; the list itself is left to the server, which may be newer. */
function isErrorCode(code: string): code is ErrorCode {
  return /^[a-z_]+$/.test(code)
}

/** Whatever a link threw, as an `ApiError`. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof ORPCError) {
    const given = String(error.code)
    const code = isErrorCode(given) ? given : (codeOfStatus[error.status] ?? 'internal')
    return new ApiError(code, {
      status: error.status,
      message: error.message,
      data: error.data as unknown,
      defined: error.defined,
      cause: error,
    })
  }
  return new ApiError('unreachable', {
    status: 503,
    message:
      'The server did not answer. It may be restarting, or the network is down; try again in a moment.',
    data: undefined,
    cause: error,
  })
}

export function timedOut(timeoutMs: number): ApiError {
  return new ApiError('timed_out', {
    status: 504,
    message: `The server did not answer within ${Math.round(timeoutMs / 1000)} seconds.`,
    data: undefined,
  })
}
