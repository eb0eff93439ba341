/** What can go wrong with a model call, sorted by what a caller can do about it. */
import { APICallError } from '@ai-sdk/provider'

/**
 * - `rate_limited`, `overloaded`, `unreachable`: may succeed later, worth a retry
 * - `invalid_response`: the endpoint answered with something that is no answer; worth a retry
 * - `auth`: the key is missing, wrong, without money, or may not use the model
 * - `unknown_model`: the endpoint does not serve the model
 * - `context_overflow`: the conversation is longer than the model can read
 * - `bad_request`: the endpoint refuses the form of the request
 * - `refused`: the provider's safety filter refused
 * - `recording_mismatch`: a recording does not hold the request
 */
const reasons = [
  'rate_limited',
  'overloaded',
  'unreachable',
  'invalid_response',
  'auth',
  'unknown_model',
  'context_overflow',
  'bad_request',
  'refused',
  'recording_mismatch',
] as const
export type ModelErrorReason = (typeof reasons)[number]

function isReason(value: unknown): value is ModelErrorReason {
  return reasons.some((reason) => reason === value)
}

const retryable: ReadonlySet<ModelErrorReason> = new Set([
  'rate_limited',
  'overloaded',
  'unreachable',
  'invalid_response',
])

/** A model call that failed, with a message that a person can act on. Never holds a key. */
export class ModelError extends Error {
  readonly reason: ModelErrorReason
  readonly isRetryable: boolean
  /** How long the provider asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined
  readonly statusCode: number | undefined

  constructor(
    reason: ModelErrorReason,
    message: string,
    options: { retryAfterMs?: number; statusCode?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'ModelError'
    this.reason = reason
    this.isRetryable = retryable.has(reason)
    this.retryAfterMs = options.retryAfterMs
    this.statusCode = options.statusCode
  }
}

export interface ErrorClass {
  reason: ModelErrorReason
  isRetryable: boolean
  retryAfterMs?: number
}

/**
 * Says what kind of failure an error of a model call is, so that a retry policy can
 * decide by reason.
 * @returns undefined where the error is not one of a model call (a cancel, a bug)
 */
export function classifyError(error: unknown): ErrorClass | undefined {
  const known = findModelError(error) ?? storedModelError(error)
  if (known === undefined) return undefined
  return {
    reason: known.reason,
    isRetryable: retryable.has(known.reason),
    ...(known.retryAfterMs === undefined ? {} : { retryAfterMs: known.retryAfterMs }),
  }
}

/** A durable store gives errors back without their class, and may wrap the last of several. */
function storedModelError(
  error: unknown,
): { reason: ModelErrorReason; retryAfterMs?: number } | undefined {
  let current = error
  for (let depth = 0; depth < 4 && current instanceof Error; depth++) {
    if ('reason' in current && isReason(current.reason)) {
      const after =
        'retryAfterMs' in current && typeof current.retryAfterMs === 'number'
          ? current.retryAfterMs
          : undefined
      return { reason: current.reason, ...(after === undefined ? {} : { retryAfterMs: after }) }
    }
    current = current.cause
  }
  return undefined
}

/**
 * Turns whatever a provider threw into a `ModelError`; a cancel and a bug of ours come
 * back as they are.
 * @param where what was called, for the message, such as `http://127.0.0.1:11434/v1`
 */
export function toModelError(error: unknown, where?: string): unknown {
  return findModelError(error, where) ?? error
}

function findModelError(error: unknown, where?: string): ModelError | undefined {
  if (error instanceof ModelError) return error
  if (!(error instanceof Error)) return undefined
  if (APICallError.isInstance(error)) return fromApiCall(error, where)
  if (error.name === 'AbortError') return undefined
  if (error.name === 'TimeoutError') {
    return new ModelError('unreachable', `No answer in time${where ? ` from ${where}` : ''}.`, {
      cause: error,
    })
  }
  const network = networkProblem(error)
  if (network) {
    return new ModelError('unreachable', `Cannot reach ${where ?? 'the provider'}: ${network}.`, {
      cause: error,
    })
  }
  if (error.name.startsWith('AI_')) {
    return new ModelError(
      'invalid_response',
      `The provider's answer cannot be read: ${error.message}`,
      { cause: error },
    )
  }
  return undefined
}

function fromApiCall(error: APICallError, where?: string): ModelError {
  const status = error.statusCode
  const text = problemText(error)
  const at = where ?? originOf(error.url)
  // Not the SDK's error itself: it holds the whole request, which no log is to show.
  const { cause } = error
  const options = { statusCode: status, cause, retryAfterMs: retryAfterMs(error.responseHeaders) }
  const network = networkProblem(error)
  if (network !== undefined || status === undefined) {
    // With a status, the answer had begun: it was cut midway.
    const problem = status === undefined ? `Cannot reach ${at}` : `The answer of ${at} was cut off`
    return new ModelError('unreachable', `${problem}: ${network ?? text}.`, options)
  }
  const reason = reasonOf(status, `${text} ${error.responseBody ?? ''}`)
  const said = text === '' ? `status ${status}` : `${text} (status ${status})`
  const messages: Record<ModelErrorReason, string> = {
    auth: `${at} does not accept the key: ${said}`,
    unknown_model: `${at} does not serve this model: ${said}`,
    rate_limited: `${at} limits the rate of requests: ${said}`,
    overloaded: `${at} is overloaded or failing: ${said}`,
    context_overflow: `The conversation is longer than the model can read: ${said}`,
    refused: `The provider refused the request: ${said}`,
    bad_request: `${at} refused the request: ${said}`,
    unreachable: `Cannot reach ${at}: ${said}`,
    invalid_response: `${at} gave an answer that cannot be read: ${said}`,
    recording_mismatch: said,
  }
  return new ModelError(reason, messages[reason], options)
}

/**
 * Statuses as Anthropic (docs "Errors") and OpenAI (docs "Error codes") define them. A
 * context overflow has no status of its own with either: it is a 400 (413 with some
 * gateways) that only its text tells apart.
 */
function reasonOf(status: number, text: string): ModelErrorReason {
  const isOverflow =
    /context[_ ]length|context window|maximum context|prompt is too long|too many (input )?tokens|exceeds? the (model'?s )?(maximum|available) (context|tokens)/i
  if (status === 401 || status === 403) return 'auth'
  if (status === 404) return 'unknown_model'
  if (status === 408) return 'unreachable'
  if (status === 429) return /insufficient_quota|billing/i.test(text) ? 'auth' : 'rate_limited'
  if (status === 413) return 'context_overflow'
  if (status >= 500) return 'overloaded'
  if (status >= 200 && status < 300) return 'invalid_response'
  if (isOverflow.test(text)) return 'context_overflow'
  if (/invalid (x-)?api[- _]key|incorrect api key/i.test(text)) return 'auth'
  if (/model[^.]{0,80}(does not exist|not found)|unknown model/i.test(text)) return 'unknown_model'
  if (/content[_ ]policy|content[_ ]filter|safety/i.test(text)) return 'refused'
  return 'bad_request'
}

/** `retry-after-ms` (OpenAI) or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfterMs(headers: Record<string, string> | undefined): number | undefined {
  const ms = Number(headers?.['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms)
  const after = headers?.['retry-after']
  if (after === undefined) return undefined
  const seconds = Number(after)
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : undefined
  const sent = Date.parse(headers?.['date'] ?? '')
  const until = Date.parse(after)
  return Number.isFinite(sent) && Number.isFinite(until) ? Math.max(0, until - sent) : undefined
}

function problemText(error: APICallError): string {
  const body = error.responseBody?.trim() ?? ''
  // A gateway's HTML page says nothing to a person; the SDK's message is then the status text.
  const text = error.message || (body.startsWith('<') ? '' : body)
  return text.length > 600 ? `${text.slice(0, 600)}…` : text
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the provider'
}

const networkTexts: Record<string, string> = {
  ECONNREFUSED: 'connection refused, nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped midway',
  UND_ERR_SOCKET: 'the connection was cut',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
}

/** Walks the causes: fetch hides the socket's error one or two levels down. */
function networkProblem(error: unknown): string | undefined {
  let current = error
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : undefined
    if (code !== undefined && code in networkTexts) return `${networkTexts[code]} (${code})`
    if (current instanceof TypeError && current.message === 'terminated')
      return 'the connection was cut'
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0]
    else current = current.cause
  }
  return undefined
}
