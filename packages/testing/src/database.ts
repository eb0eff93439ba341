import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { openDatabase } from '@sluice/db/database'
import type { Database } from '@sluice/db/database'
import { databaseUrl, withAdmin } from './global-setup.ts'

export interface TestDatabase {
  db: Database
  /** Of this database, as the server's administrator: for what tests need to see past row-level security. */
  url: string
  /** What `openDatabase` was told of since it was opened. */
  errors: unknown[]
  /** Closes the pools and drops the database. @throws where two transactions in it waited for each other */
  drop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestDatabaseOptions {
  poolSize?: number
  systemPoolSize?: number
}

/**
 * A database of its own, copied from the migrated template (some 30 ms). Make one per test file in
 * `beforeAll` and drop it in `afterAll`; tests within a file keep apart by workspace.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { adminUrl, template } = inject('testServer')
  const name = `sluice_test_${randomBytes(6).toString('hex')}`
  await withAdmin(adminUrl, async (client) => {
    // Copying refuses while another copy of the same template is being made.
    await client.query(`select pg_advisory_lock(hashtext($1))`, [template])
    await client.query(`create database ${name} template ${template}`)
  })
  const url = databaseUrl(adminUrl, name)
  const errors: unknown[] = []
  const db = openDatabase({
    url,
    applicationName: 'sluice test',
    onError: (error) => errors.push(error),
    ...options,
  })
  const drop = async () => {
    await db.close()
    const deadlocks = await withAdmin(adminUrl, async (client) => {
      const { rows } = await client.query<{ deadlocks: string }>(
        'select deadlocks from pg_stat_database where datname = $1',
        [name],
      )
      await client.query(`drop database if exists ${name} with (force)`)
      return Number(rows[0]?.deadlocks ?? 0)
    })
    if (deadlocks > 0)
      throw new Error(
        `Postgres broke ${deadlocks} deadlocks: some transactions lock the same rows in another order than others.`,
      )
  }
  return { db, url, errors, drop, [Symbol.asyncDispose]: drop }
}

/** An empty database on the test server, without any schema, for tests of migrations. */
export async function createEmptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const { adminUrl } = inject('testServer')
  const name = `sluice_empty_${randomBytes(6).toString('hex')}`
  await withAdmin(adminUrl, (client) => client.query(`create database ${name}`))
  return {
    url: databaseUrl(adminUrl, name),
    drop: () =>
      withAdmin(
        adminUrl,
        async (client) => void (await client.query(`drop database if exists ${name} with (force)`)),
      ),
  }
}
