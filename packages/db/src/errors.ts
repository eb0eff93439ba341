import { SluiceError } from '@sluice/contract/errors'

/** The parts of an error from Postgres that code decides on. */
export interface PgErrorFields {
  code: string
  constraint?: string
  table?: string
  detail?: string
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html: class 08 is a broken connection,
// 57P0x a server that is going down or not yet up, 53300 too many connections.
const unavailableStates = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03'])
const unavailableSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
// node-postgres and its pool raise these without a code.
const unavailableMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout/

function* causes(error: unknown): Generator<Error> {
  const seen = new Set<unknown>()
  let current = error
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current)
    yield current
    if (current instanceof AggregateError) for (const inner of current.errors) yield* causes(inner)
    current = current.cause
  }
}

const codeOf = (error: Error): string | undefined => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Finds the Postgres error in an error or its causes (Drizzle wraps them), if there is one. */
export function findPgError(error: unknown): PgErrorFields | undefined {
  for (const cause of causes(error)) {
    const code = codeOf(cause)
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) continue
    return cause as Error & PgErrorFields
  }
  return undefined
}

/** Whether an error means that Postgres could not be reached, rather than that it refused a statement. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (const cause of causes(error)) {
    if (cause instanceof SluiceError) {
      if (cause.code === 'database_unavailable') return true
      continue
    }
    const code = codeOf(cause)
    if (code !== undefined) {
      if (unavailableStates.has(code) || code.startsWith('08')) return true
      // System codes can also come from files; only a socket's carry the call that failed.
      if (unavailableSystemCodes.has(code) && isSocketError(cause)) return true
    }
    if (unavailableMessages.test(cause.message)) return true
  }
  return false
}

function isSocketError(error: Error): boolean {
  const { syscall } = error as { syscall?: unknown }
  return (
    typeof syscall === 'string' &&
    ['connect', 'read', 'write', 'getaddrinfo', 'shutdown'].includes(syscall)
  )
}

/** Turns a failure to reach Postgres into `database_unavailable`; every other error stays as it is. */
export function mapDatabaseError(error: unknown): unknown {
  if (error instanceof SluiceError || !isDatabaseUnavailable(error)) return error
  return new SluiceError(
    'database_unavailable',
    'The database cannot be reached at the moment. Try again in a few seconds.',
    {
      cause: error,
    },
  )
}

/** Whether a unique rule (the one named, if given) refused the row. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const found = findPgError(error)
  return found?.code === '23505' && (constraint === undefined || found.constraint === constraint)
}

/** Whether the transaction lost a deadlock or a serialisation race and may be tried again as a whole. */
export function isTransientConflict(error: unknown): boolean {
  const code = findPgError(error)?.code
  return code === '40001' || code === '40P01'
}
