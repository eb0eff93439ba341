import pg from 'pg'
import { SluiceError } from '@sluice/contract/errors'

/** The database roles that Sluice works under; none of them may bypass row-level security. */
export const databaseRoles = ['sluice_app', 'sluice_system', 'sluice_auth'] as const
export type DatabaseRole = (typeof databaseRoles)[number]

export interface ConnectionOptions {
  url: string
  role: DatabaseRole
  /** Shows in pg_stat_activity. */
  applicationName: string
  statementTimeoutMs?: number
  /** How long to wait for a connection, new or from a full pool. */
  connectTimeoutMs?: number
}

export const defaultConnectTimeoutMs = 5_000
const defaultStatementTimeoutMs = 30_000
/** A frozen process must not hold its locks for longer than this. */
const idleInTransactionTimeoutMs = 10_000

/**
 * Settings for a connection that works under `role` from its first statement on. The role goes into
 * the startup packet, so no code path can forget it and RESET ROLE comes back to it.
 */
export function connectionConfig(options: ConnectionOptions): pg.ClientConfig {
  const {
    url,
    role,
    applicationName,
    statementTimeoutMs,
    connectTimeoutMs = defaultConnectTimeoutMs,
  } = options
  const timeoutMs = statementTimeoutMs ?? defaultStatementTimeoutMs
  const startup = [
    `-c role=${role}`,
    `-c statement_timeout=${timeoutMs}`,
    `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
    '-c TimeZone=UTC',
  ]
  const own = splitOptions(url)
  if (own.options) startup.unshift(own.options)
  return {
    connectionString: own.rest,
    options: startup.join(' '),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server ends a statement by itself; this is for a server that no longer answers at all.
    query_timeout: timeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}

// A parameter in the connection string beats one beside it in node-postgres, so the user's own
// `options` are taken out of the string and joined with ours.
function splitOptions(url: string): { rest: string; options: string | null } {
  const mark = url.indexOf('?')
  if (mark < 0) return { rest: url, options: null }
  const query = new URLSearchParams(url.slice(mark + 1))
  const options = query.get('options')
  query.delete('options')
  query.delete('application_name')
  const rest = query.toString()
  return { rest: rest ? `${url.slice(0, mark)}?${rest}` : url.slice(0, mark), options }
}

/** node-postgres's pool, for those who name its type only. */
export type Pool = pg.Pool

export interface PoolOptions extends ConnectionOptions {
  max: number
  onError: (error: unknown) => void
}

/** A pool whose connections all work under one role. Lost idle connections are told to `onError` and replaced. */
export function createRolePool({ max, onError, ...connection }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connectionConfig(connection),
    max,
    idleTimeoutMillis: 30_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it; its types are behind
    onConnect: (client) => verifyRole(client, connection.role),
  })
  pool.on('error', (error: Error & { client?: unknown }) => {
    // The pool hangs the whole connection on it, which would fill the log.
    delete error.client
    // Connections that are cut while the pool closes were to end anyway.
    if (!pool.ending) onError(error)
  })
  return pool
}

/** Refuses a connection that does not work under its role, as behind a pooler that drops startup options. */
export async function verifyRole(client: pg.ClientBase, role: DatabaseRole): Promise<void> {
  const { rows } = await client.query<{ current_user: string }>('select current_user')
  if (rows[0]?.current_user === role) return
  throw new SluiceError(
    'internal',
    `The database connection works as "${rows[0]?.current_user}" instead of "${role}". ` +
      'Connect to Postgres directly, or let the pooler pass the startup parameter "options" on.',
  )
}

/** The URL without its password, for messages and logs. */
export function describeUrl(url: string): string {
  return url
    .replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:***@')
    .replace(/([?&]password=)[^&]*/g, '$1***')
}
