import { PgDialect } from 'drizzle-orm/pg-core'
import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres'
import type { ExtractTablesWithRelations } from 'drizzle-orm'
import pg from 'pg'
import { connectionConfig, createRolePool, verifyRole } from './connection.ts'
import type { DatabaseRole } from './connection.ts'
import { mapDatabaseError } from './errors.ts'
import type { Scope } from './scope.ts'

type NoSchema = Record<string, never>

/**
 * An open transaction: Drizzle's query builder (`select`, `insert`, `update`, `delete`, `execute`).
 * `tx.transaction(…)` inside it is a savepoint. Raw `execute` gives timestamps and bigints as text.
 */
export type Tx = NodePgTransaction<NoSchema, ExtractTablesWithRelations<NoSchema>>

export interface DatabaseOptions {
  url: string
  /** Connections for features; the system role has a small pool beside it. */
  poolSize?: number
  systemPoolSize?: number
  applicationName?: string
  /** How long a caller waits for a connection, also from a full pool; 5 s by default. */
  connectTimeoutMs?: number
  /** Told of what no caller can be told: a lost idle connection, a failed after-commit hook. */
  onError: (error: unknown) => void
}

export interface PoolStats {
  total: number
  idle: number
  waiting: number
}

export interface Database {
  /**
   * Runs `fn` in a transaction that sees and writes only the scope's workspace.
   * @throws SluiceError `database_unavailable` when Postgres cannot be reached; what `fn` throws, after rollback
   */
  scoped<T>(scope: Pick<Scope, 'workspaceId'>, fn: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs `fn` in a transaction over all workspaces: for dispatchers, sweeps and sign-in, never for a request's data. */
  system<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /** One statement over all workspaces without a transaction around it, for paths where a round trip counts. */
  querySystem<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** A connection of its own under the system role, for LISTEN and session locks. The caller ends it and listens for `error`. */
  connectSystem(applicationName: string): Promise<pg.Client>
  /** Asks Postgres for an answer; for readiness. @throws SluiceError `database_unavailable` */
  ping(): Promise<void>
  stats(): { app: PoolStats; system: PoolStats }
  /** Waits for open transactions, then closes every connection. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Hook = () => void | Promise<void>

interface Hooks {
  before: Hook[]
  after: Hook[]
}

// Keyed by the session, which a transaction shares with its savepoints.
const hooksOfSession = new WeakMap<object, Hooks>()

/**
 * Runs `fn` as the last thing inside the transaction, in the order of registration, once the work has
 * returned; never after it threw. A hook that throws rolls the transaction back.
 */
export function beforeCommit(tx: Tx, fn: Hook): void {
  hooksOf(tx).before.push(fn)
}

/**
 * Runs `fn` once the transaction has committed, in the order of registration, before `scoped` returns;
 * never after a rollback. A hook that throws is reported to `onError`, since the commit stands.
 */
export function afterCommit(tx: Tx, fn: Hook): void {
  hooksOf(tx).after.push(fn)
}

function hooksOf(tx: Tx): Hooks {
  const hooks = hooksOfSession.get(tx._.session)
  if (!hooks) throw new Error('A commit hook needs an open transaction of openDatabase')
  return hooks
}

/** Opens the pools. Connects lazily: the first statement finds out whether Postgres is there. */
export function openDatabase(options: DatabaseOptions): Database {
  const {
    url,
    poolSize = 10,
    systemPoolSize = 3,
    applicationName = 'sluice',
    connectTimeoutMs,
    onError,
  } = options
  const dialect = new PgDialect()

  const createPool = (role: DatabaseRole, max: number): pg.Pool =>
    createRolePool({
      url,
      role,
      applicationName: `${applicationName} ${role}`,
      max,
      onError,
      ...(connectTimeoutMs ? { connectTimeoutMs } : {}),
    })
  const appPool = createPool('sluice_app', poolSize)
  const systemPool = createPool('sluice_system', systemPoolSize)

  const inTransaction = async <T>(
    pool: pg.Pool,
    begin: (client: pg.PoolClient) => string,
    fn: (tx: Tx) => Promise<T>,
  ) => {
    const hooks: Hooks = { before: [], after: [] }
    const result = await runTransaction(pool, begin, hooks, dialect, fn).catch((error: unknown) => {
      throw mapDatabaseError(error)
    })
    for (const hook of hooks.after) {
      try {
        await hook()
      } catch (error) {
        onError(error)
      }
    }
    return result
  }

  const database: Database = {
    scoped: (scope, fn) =>
      inTransaction(
        appPool,
        // One round trip for both; the setting ends with the transaction.
        (client) =>
          `begin; select set_config('sluice.workspace_id', ${client.escapeLiteral(scope.workspaceId)}, true)`,
        fn,
      ),
    system: (fn) => inTransaction(systemPool, () => 'begin', fn),
    async querySystem<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      try {
        return (await systemPool.query<Row>(text, values)).rows
      } catch (error) {
        throw mapDatabaseError(error)
      }
    },
    async connectSystem(name) {
      const client = new pg.Client(
        connectionConfig({ url, role: 'sluice_system', applicationName: name }),
      )
      client.on('error', onError)
      try {
        await client.connect()
        await verifyRole(client, 'sluice_system')
      } catch (error) {
        await client.end().catch(onError)
        throw mapDatabaseError(error)
      }
      client.off('error', onError)
      return client
    },
    async ping() {
      try {
        await appPool.query('select 1')
      } catch (error) {
        throw mapDatabaseError(error)
      }
    },
    stats: () => ({ app: statsOf(appPool), system: statsOf(systemPool) }),
    async close() {
      await Promise.all(
        [appPool, systemPool].filter((pool) => !pool.ending).map((pool) => pool.end()),
      )
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
  return database
}

async function runTransaction<T>(
  pool: pg.Pool,
  begin: (client: pg.PoolClient) => string,
  hooks: Hooks,
  dialect: PgDialect,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection that breaks between two statements raises an event that would end the process unheard.
  const onBroken = (error: Error) => {
    broken ??= error
  }
  client.on('error', onBroken)
  const session = new NodePgSession<NoSchema, ExtractTablesWithRelations<NoSchema>>(
    client,
    dialect,
    undefined,
  )
  hooksOfSession.set(session, hooks)
  try {
    await client.query(begin(client))
    const result = await fn(new NodePgTransaction(dialect, session, undefined))
    for (const hook of hooks.before) await hook()
    const { command } = await client.query('commit')
    // Postgres answers COMMIT with ROLLBACK where a statement failed and its error was swallowed.
    if (command !== 'COMMIT')
      throw new Error('The transaction was rolled back: an error inside it was not passed on')
    return result
  } catch (error) {
    await client.query('rollback').catch(onBroken)
    throw error
  } finally {
    hooksOfSession.delete(session)
    client.off('error', onBroken)
    client.release(broken)
  }
}

const statsOf = (pool: pg.Pool): PoolStats => ({
  total: pool.totalCount,
  idle: pool.idleCount,
  waiting: pool.waitingCount,
})
