import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '@sluice/contract/api'
import { type ApiError, apiErrorOf, timedOut } from './api-error.ts'
import { backoffMs } from './backoff.ts'
import { creates, reads } from './operations.ts'

const TIMEOUT_MS = 60_000
const TRIES = 3
const LONGEST_RETRY_AFTER_MS = 10_000

/** What a call may be given besides its input, as `client.x.y(input, { context, signal })`. */
export interface CallContext {
  /** Time limit over all tries, in milliseconds; 60 s unless told. */
  timeoutMs?: number
  /** Names a create, so that sending it twice makes one thing. Made afresh for each call unless told. */
  idempotencyKey?: string
}

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:4000`; the API is below it. */
  url: string
  /** Sent with every request; a function is asked each time. */
  headers?: Record<string, string> | (() => Record<string, string>)
  fetch?: typeof fetch
  /** The wait between tries, for tests; resolves after `ms`, rejects when `signal` aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

export type Client = ContractRouterClient<Contract, CallContext>

function waitMs(error: ApiError, attempt: number): number {
  const details = error.details as { retryAfterSeconds?: unknown } | undefined
  const asked =
    typeof details?.retryAfterSeconds === 'number' ? details.retryAfterSeconds * 1000 : 0
  return Math.max(backoffMs(attempt, Math.random()), asked)
}

/**
 * Whether sending the same request again can do no harm and may help: the server refused it
 * before it did anything, or nothing was heard and the operation only reads or carries a key.
 */
function canRetry(error: ApiError, operation: string): boolean {
  if (error.code === 'rate_limited' || error.code === 'shutting_down') return true
  return (
    (error.code === 'unreachable' || error.code === 'database_unavailable') &&
    (reads.has(operation) || creates.has(operation))
  )
}

/** Not `randomUUID`: browsers have that on secure pages only, and a team's server may be plain HTTP on its own network. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/**
 * The typed client of the whole API, for browsers and Node.
 *
 * Every call ends: with its answer, with an `ApiError`, or with the caller's own abort reason.
 * Reads and creates are sent up to three times when the server cannot be reached; a create
 * carries one `idempotency-key` over all its tries. Other changes are sent once, since a lost
 * answer does not say whether they were made.
 */
export function createClient(options: ClientOptions): Client {
  const sleep = options.sleep ?? sleepFor
  const ownFetch =
    options.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request))
  const link = new RPCLink<CallContext>({
    url: `${options.url.replace(/\/+$/, '')}/api/rpc`,
    headers: ({ context }) => ({
      ...(typeof options.headers === 'function' ? options.headers() : options.headers),
      ...(context.idempotencyKey === undefined
        ? {}
        : { 'idempotency-key': context.idempotencyKey }),
    }),
    fetch: (request, init) => ownFetch(request, init),
    interceptors: [
      async (call) => {
        const operation = call.path.join('.')
        const timeoutMs = call.context.timeoutMs ?? TIMEOUT_MS
        const limit = new AbortController()
        const timer = setTimeout(() => limit.abort(), timeoutMs)
        const signal =
          call.signal === undefined ? limit.signal : AbortSignal.any([call.signal, limit.signal])
        const context = creates.has(operation)
          ? { ...call.context, idempotencyKey: call.context.idempotencyKey ?? newKey() }
          : call.context
        try {
          for (let attempt = 0; ; attempt++) {
            try {
              return await call.next({ ...call, signal, context })
            } catch (cause) {
              call.signal?.throwIfAborted()
              if (limit.signal.aborted) throw timedOut(timeoutMs)
              const error = apiErrorOf(cause)
              const wait = waitMs(error, attempt)
              if (
                attempt + 1 >= TRIES ||
                !canRetry(error, operation) ||
                wait > LONGEST_RETRY_AFTER_MS
              )
                throw error
              try {
                await sleep(wait, signal)
              } catch {
                // The wait was cut by the caller or by the time limit: say which.
                call.signal?.throwIfAborted()
                throw timedOut(timeoutMs)
              }
            }
          }
        } finally {
          clearTimeout(timer)
        }
      },
    ],
  })
  return createORPCClient<Client>(link)
}
