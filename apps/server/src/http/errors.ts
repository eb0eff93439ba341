import { ORPCError, ValidationError } from '@orpc/server'
import { randomBytes } from 'node:crypto'
import { errorStatus, SluiceError, type ErrorBody, type ErrorCode } from '@sluice/contract/errors'
import type { Logger } from '@sluice/core/platform'

/** Turns whatever was thrown into an expected failure; what nobody expected is logged once, under an id. */
export function toSluiceError(error: unknown, log: Logger): SluiceError {
  if (error instanceof SluiceError && error.code !== 'internal') return error
  const invalid = asInvalidInput(error)
  if (invalid !== undefined) return invalid
  if (error instanceof ORPCError && error.code in errorStatus) {
    return new SluiceError(error.code as ErrorCode, error.message, {
      details: error.data as unknown,
      cause: error,
    })
  }
  if (error instanceof ORPCError && error.status < 500)
    return fromStatus(error.status, error.message, error)
  const errorId = randomBytes(6).toString('hex')
  log.error({ err: error, errorId }, 'request failed')
  if (error instanceof SluiceError)
    return new SluiceError(error.code, error.message, { details: { errorId }, cause: error })
  return new SluiceError(
    'internal',
    `Something went wrong on our side. The server's log says more under the id ${errorId}.`,
    { details: { errorId }, cause: error },
  )
}

function asInvalidInput(error: unknown): SluiceError | undefined {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST') return undefined
  const issues = error.cause instanceof ValidationError ? error.cause.issues : []
  const fields = issues.map((issue) => ({
    field:
      issue.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') ?? '',
    message: issue.message,
  }))
  const message =
    fields.length === 0
      ? error.message
      : fields
          .map(({ field, message: text }) => (field === '' ? text : `${field}: ${text}`))
          .join('; ')
  return new SluiceError('invalid_input', message, { details: { fields }, cause: error })
}

const byStatus: Record<number, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
}

function fromStatus(status: number, message: string, cause: unknown): SluiceError {
  return new SluiceError(byStatus[status] ?? 'invalid_input', message, { cause })
}

/** The body of every error answer. */
export function errorBody(error: SluiceError): ErrorBody {
  const { code, message, details } = error
  return { error: { code, message, ...(details === undefined ? {} : { details }) } }
}

/** An error answer outside of the contract's operations. */
export function errorResponse(error: SluiceError): Response {
  return Response.json(errorBody(error), {
    status: errorStatus[error.code],
    headers: retryHeaders(error),
  })
}

/** `Retry-After` where the failure says when to come back. */
export function retryHeaders(error: SluiceError): Record<string, string> {
  const seconds = (error.details as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds
  return typeof seconds === 'number' ? { 'retry-after': String(Math.ceil(seconds)) } : {}
}
