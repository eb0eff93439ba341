import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import path from 'node:path'
import pg from 'pg'
import { SluiceError } from '@sluice/contract/errors'
import { defaultConnectTimeoutMs } from './connection.ts'
import { findPgError, mapDatabaseError } from './errors.ts'
import { requirePostgresVersion } from './postgres-version.ts'

export interface Migration {
  number: number
  /** The file's name, such as `0001_foundation.sql`. */
  name: string
  sql: string
  checksum: string
}

export interface MigrateOptions {
  url: string
  /** Where the files are; the system's own by default. */
  folder?: string
  /** For a server that starts at the same moment: how long to try to connect. */
  signal?: AbortSignal
}

export interface MigrateResult {
  applied: string[]
  /** The schema's version after it. */
  version: number
}

const ownFolder = fileURLToPath(new URL('../migrations', import.meta.url))

// An arbitrary number that all versions of Sluice share, so that two starting processes take turns.
const advisoryLockKey = 7_583_420_061

/**
 * Brings the schema up to the code: each file once, in the order of its number, each in a
 * transaction of its own, with an advisory lock held so that processes starting together take turns.
 * @throws SluiceError `unprocessable` when the server is too old, the schema is newer than the code,
 * an applied file was changed, or the user may not create roles; `database_unavailable`
 */
export async function migrate({
  url,
  folder = ownFolder,
  signal,
}: MigrateOptions): Promise<MigrateResult> {
  const migrations = await readMigrations(folder)
  signal?.throwIfAborted()
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sluice migrations',
    connectionTimeoutMillis: defaultConnectTimeoutMs,
  })
  // The statement in flight rejects as well; without a listener the event would end the process.
  const lost: Error[] = []
  client.on('error', (error) => lost.push(error))
  const onAbort = () => void client.end().catch((error: unknown) => lost.push(error as Error))
  try {
    await client.connect()
    signal?.addEventListener('abort', onAbort, { once: true })
    await requirePostgresVersion(client)
    await client.query('select pg_advisory_lock($1)', [advisoryLockKey])
    return await applyAll(client, migrations)
  } catch (error) {
    signal?.throwIfAborted()
    throw mapDatabaseError(error)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Ending the session frees the advisory lock.
    await client.end()
  }
}

/** Reads `NNNN_name.sql` files in order. @throws Error when two share a number */
export async function readMigrations(folder: string = ownFolder): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = await Promise.all(
    names.map(async (name) => {
      const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]
      if (!number) throw new Error(`The migration ${name} is not named NNNN_name.sql`)
      const sql = await readFile(path.join(folder, name), 'utf8')
      // Git may check text out with other line ends; that changes nothing of what was applied.
      const checksum = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
      return { number: Number(number), name, sql, checksum }
    }),
  )
  for (const [index, migration] of migrations.entries()) {
    if (migrations[index - 1]?.number === migration.number) {
      throw new Error(
        `The migrations ${migrations[index - 1]!.name} and ${migration.name} share a number`,
      )
    }
  }
  return migrations
}

interface AppliedRow {
  number: number
  name: string
  checksum: string
}

async function applyAll(client: pg.Client, migrations: Migration[]): Promise<MigrateResult> {
  await client.query(
    `create table if not exists public.sluice_migrations (
       number integer primary key,
       name text not null,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  )
  const { rows } = await client.query<AppliedRow>(
    'select number, name, checksum from public.sluice_migrations order by number',
  )
  refuseForeignHistory(rows, migrations)
  const appliedNumbers = new Set(rows.map((row) => row.number))
  const applied: string[] = []
  for (const migration of migrations) {
    if (appliedNumbers.has(migration.number)) continue
    await applyOne(client, migration)
    applied.push(migration.name)
  }
  return { applied, version: migrations.at(-1)?.number ?? 0 }
}

function refuseForeignHistory(rows: AppliedRow[], migrations: Migration[]): void {
  const byNumber = new Map(migrations.map((migration) => [migration.number, migration]))
  const newest = migrations.at(-1)?.number ?? 0
  for (const row of rows) {
    if (row.number > newest) {
      throw new SluiceError(
        'unprocessable',
        `The database was made by a newer Sluice (its schema has ${row.name}, this version ends at ${newest}). Start that version, or restore a backup made before the update.`,
      )
    }
    const known = byNumber.get(row.number)
    if (!known)
      throw new SluiceError(
        'unprocessable',
        `The database has the migration ${row.name}, which this version of Sluice does not know.`,
      )
    if (known.checksum !== row.checksum) {
      throw new SluiceError(
        'unprocessable',
        `The migration ${row.name} was changed after it had been applied. Put the file back as it was and make the change in a new one.`,
      )
    }
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query(
      'insert into public.sluice_migrations (number, name, checksum) values ($1, $2, $3)',
      [migration.number, migration.name, migration.checksum],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw explain(error, migration, client)
  }
}

function explain(error: unknown, migration: Migration, client: pg.Client): unknown {
  if (findPgError(error)?.code !== '42501') {
    const mapped = mapDatabaseError(error)
    if (mapped instanceof SluiceError) return mapped
    const message = error instanceof Error ? error.message : String(error)
    return new Error(`The migration ${migration.name} failed: ${message}`, { cause: error })
  }
  return new SluiceError(
    'unprocessable',
    `The database user "${client.user}" may not do what ${migration.name} needs. It must own the database and be allowed to create roles: ` +
      `as an administrator run  alter role "${client.user}" createrole;  alter database "${client.database}" owner to "${client.user}";`,
    { cause: error },
  )
}
