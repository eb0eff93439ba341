import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '@sluice/db/embedded'
import type { EmbeddedPostgres } from '@sluice/db/embedded'
import { migrate } from '@sluice/db/migrate'

/** What the global set-up hands to the test files. */
export interface TestServer {
  /** A superuser's URL of the server; the database in it is not for tests. */
  adminUrl: string
  /** The migrated database that every test database is a copy of. */
  template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

/**
 * vitest's globalSetup: one Postgres for the whole run (the one Sluice brings, or the server of
 * SLUICE_TEST_DATABASE_URL) and one migrated template database, which `createTestDatabase` copies.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ownUrl = process.env['SLUICE_TEST_DATABASE_URL']
  const embedded = ownUrl ? undefined : await startTemporary()
  const adminUrl = ownUrl ?? embedded!.server.url
  const template = `sluice_template_${randomBytes(6).toString('hex')}`
  try {
    await withAdmin(adminUrl, (client) => client.query(`create database ${template}`))
    await migrate({ url: databaseUrl(adminUrl, template) })
    project.provide('testServer', { adminUrl, template })
  } catch (error) {
    await embedded?.stop()
    throw error
  }
  return async () => {
    if (embedded) await embedded.stop()
    else
      await withAdmin(adminUrl, (client) =>
        client.query(`drop database if exists ${template} with (force)`),
      )
  }
}

async function startTemporary(): Promise<{ server: EmbeddedPostgres; stop: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-test-postgres-'))
  const server = await startEmbeddedPostgres({
    folder,
    // Nothing in it outlives the run, and many test files connect at once.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
    },
  })
  const watchdog = stopWithUs(server.pid, folder)
  return {
    server,
    async stop() {
      watchdog.kill('SIGKILL')
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Stops the server and removes its folder when this process ends without doing so itself, as when a test
 * run is killed: the pipe to the little process closes with us, however we end.
 */
function stopWithUs(pid: number, folder: string): ChildProcess {
  const script =
    'read -r nothing; kill -INT "$1"; while kill -0 "$1" 2>/dev/null && [ -e "$2/data/postmaster.pid" ]; do sleep 0.1; done; rm -rf "$2"'
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  return watchdog
}

/** The URL with another database in it. */
export function databaseUrl(url: string, database: string): string {
  return url.replace(/^(\w+:\/\/[^/]*)\/[^?]*/, `$1/${database}`)
}

/** Runs something over a connection to the server's own database. */
export async function withAdmin<T>(
  adminUrl: string,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'sluice tests',
  })
  // Tests cut connections: the statement in flight rejects, and the event must not end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await fn(client)
  } finally {
    await client.end()
  }
}
