import { Writable } from 'node:stream'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { pino } from 'pino'
import { readSettings } from '../env.ts'
import { createApp } from '../http/app.ts'
import type { ServerDeps } from '../http/context.ts'
import { createRateLimits } from '../http/rate-limits.ts'
import { listen, type Listening } from '../listen.ts'
import { wire } from '../wire.ts'
import { createTestMachine, type TestMachine } from './machine.fixture.ts'

/** The real server over a database of its own, in this process. */
export interface TestServer extends AsyncDisposable {
  server: ServerDeps
  database: TestDatabase
  machine: TestMachine
  /** Every line that it logged. */
  log: { level: string; msg: string; [field: string]: unknown }[]
  /** Answers a request without a port; `path` is such as `/api/me`. */
  fetch: TestFetch
  /** Opens a port, for what a request in the process cannot show: WebSockets, broken connections. */
  listen(): Promise<Listening & { url: string }>
}

export type TestFetch = (
  path: string,
  init?: RequestInit & { address?: string },
) => Promise<Response>

export interface TestServerOptions {
  variables?: Record<string, string>
  limits?: { requestsPerMinute: number; signInsPerMinute: number }
  /** Another way to the same database, such as through a proxy that a test can close. */
  through?: (url: string) => Promise<string>
}

const origin = 'http://127.0.0.1:4000'

/** Starts it as `main.ts` does, with limits that a test does not meet unless it asks for them. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const machine = await createTestMachine()
  const database = await createTestDatabase()
  const log: TestServer['log'] = []
  const sink = new Writable({
    write(line: Buffer, _encoding, done) {
      log.push(JSON.parse(line.toString()) as TestServer['log'][number])
      done()
    },
  })
  const url = (await options.through?.(database.url)) ?? database.url
  const { settings } = readSettings({
    ...machine.variables,
    SLUICE_PORT: '0',
    DATABASE_URL: url,
    ...options.variables,
  })
  const logger = pino({ formatters: { level: (label) => ({ level: label }) }, base: null }, sink)
  const wired = await wire(settings, logger, '0.0.0-test')
  const server: ServerDeps = {
    ...wired.server,
    limits: createRateLimits(options.limits ?? { requestsPerMinute: 1e6, signInsPerMinute: 1e6 }),
  }
  const app = createApp(server)
  const ports: Listening[] = []
  return {
    server,
    database,
    machine,
    log,
    fetch: async (path, { address = '127.0.0.1', ...init } = {}) =>
      app.fetch(new Request(new URL(path, origin), init), { address }),
    async listen() {
      const listening = await listen(server, { api: true, gateway: true })
      ports.push(listening)
      return { ...listening, url: `http://127.0.0.1:${listening.port}` }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(ports.map((port) => port.close()))
      await wired.stop(0)
      await database.drop()
      await machine[Symbol.asyncDispose]()
    },
  }
}
