import { keyScopes } from '@sluice/contract/roles'
import { createClient, type Client } from '@sluice/sdk/client'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { spawnServer } from './child-server.ts'
import { createTestMachine, type TestMachine } from './machine.fixture.ts'

const owner = { email: 'owner@example.test', password: 'correct horse battery' }

/** One life of a server: a process of its own on the folders and database of an installation. */
export interface ServerLife {
  url: string
  pid: number
  /** The owner's client, by API key. */
  client: Client
  /** What it wrote so far. */
  errors(): string
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code when it has drained. */
  stop(): Promise<number | null>
}

/** Data folder and database that outlive the servers on them. */
export interface Installation extends AsyncDisposable {
  machine: TestMachine
  database: TestDatabase
  /** Sent by clients of every life. */
  headers: Record<string, string>
  /** @param variables over its own; undefined takes one away, such as `DATABASE_URL` for a Postgres of its own */
  start(variables?: Record<string, string | undefined>): Promise<ServerLife>
}

/** Makes an installation; the first life does the unattended first start. */
export async function createInstallation(): Promise<Installation> {
  const machine = await createTestMachine()
  const database = await createTestDatabase()
  const lives = new Set<ServerLife>()
  const headers: Record<string, string> = {}
  return {
    machine,
    database,
    headers,
    async start(variables = {}) {
      const life = await startLife(headers, {
        ...machine.variables,
        SLUICE_PORT: '0',
        SLUICE_OWNER_EMAIL: owner.email,
        SLUICE_OWNER_PASSWORD: owner.password,
        DATABASE_URL: database.url,
        ...variables,
      })
      lives.add(life)
      headers['authorization'] ??= `Bearer ${await createOwnerKey(life.url)}`
      return life
    },
    async [Symbol.asyncDispose]() {
      for (const life of lives) await life.kill()
      await database.drop()
      await machine[Symbol.asyncDispose]()
    },
  }
}

async function startLife(
  headers: Record<string, string>,
  environment: Record<string, string | undefined>,
): Promise<ServerLife> {
  const server = spawnServer(environment, { page: false })
  const url = await server.ready
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    server.kill(signal)
    return (await server.ended).code
  }
  return {
    url,
    pid: server.pid,
    client: createClient({ url, headers: () => headers }),
    errors: () => server.errors,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}

async function createOwnerKey(url: string): Promise<string> {
  const send = async (path: string, body: unknown, cookie = ''): Promise<Response> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, cookie },
      body: JSON.stringify(body),
    })
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response
  }
  const signedIn = await send('/api/auth/sign-in/email', owner)
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  const made = await send(
    '/api/api-keys',
    { name: 'test', role: 'owner', scopes: keyScopes },
    cookie.join('; '),
  )
  return ((await made.json()) as { key: string }).key
}
