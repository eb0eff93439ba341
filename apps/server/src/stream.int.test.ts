import { createHash } from 'node:crypto'
import type { StreamEvent } from '@sluice/contract/events'
import { createApiKey } from '@sluice/core/api-keys'
import { append } from '@sluice/events/log'
import { createClient } from '@sluice/sdk/client'
import { LiveClient, liveUrl, type LiveSocket } from '@sluice/sdk/live'
import { systemClock } from '@sluice/sdk/live-types'
import { pollWith } from '@sluice/sdk/poll-with'
import { createTestDatabase } from '@sluice/testing/database'
import { createTestWorkspace } from '@sluice/testing/workspace'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { spawnServer, type ChildServer } from './testing/child-server.ts'
import { createTestMachine } from './testing/machine.fixture.ts'
import { between, createRandom } from './testing/random.ts'
import { findFreePort, startTcpProxy } from './testing/tcp-proxy.ts'

const clientCount = 200
const eventCount = 5_000
const kills = 10
const seed = 20_260_102

/** What one client was given, folded so that two hundred of them fit: equal digests are equal sequences. */
class Taken {
  readonly #hash = createHash('sha256')
  count = 0
  readonly faults: string[] = []

  take(events: readonly StreamEvent[]): void {
    for (const event of events) {
      if (event.seq !== this.count + 1) this.faults.push(`${event.seq} came after ${this.count}`)
      this.count = event.seq
      this.#hash.update(lineOf(event))
    }
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

const lineOf = ({ seq, type, payload }: { seq: number; type: string; payload: unknown }): string =>
  `${seq} ${type} ${JSON.stringify(payload)}\n`

/** Resolves when `count` of the watchers have what `isEnough` asks for. */
function createProgress() {
  const waiting = new Set<{ isDone: () => boolean; resolve: () => void }>()
  return {
    moved() {
      for (const one of waiting) {
        if (!one.isDone()) continue
        waiting.delete(one)
        one.resolve()
      }
    },
    until: (isDone: () => boolean) =>
      new Promise<void>((resolve) => {
        if (isDone()) resolve()
        else waiting.add({ isDone, resolve })
      }),
  }
}

test(
  'two hundred clients get every event once and in order through ten kills of the server and cuts at random bytes',
  { timeout: 300_000 },
  async () => {
    const random = createRandom(seed)
    await using machine = await createTestMachine()
    await using database = await createTestDatabase()
    const { workspaceId, scope } = await createTestWorkspace(database.db)
    const stream = `workspace:${workspaceId}`
    const { key } = await createApiKey(
      { db: database.db, clock: { now: () => new Date() } },
      { ...scope, workspaceId, role: 'owner' },
      { name: 'watcher', role: 'viewer', scopes: ['read'] },
    )

    const port = await findFreePort()
    const variables = {
      ...machine.variables,
      DATABASE_URL: database.url,
      SLUICE_PORT: String(port),
    }
    let server: ChildServer = spawnServer(variables, { roles: 'gateway,worker' })
    await using _last = { [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
    await server.ready
    // One in eight is cut while it still shakes hands, the others anywhere in what they are told.
    await using proxy = await startTcpProxy({ port }, () =>
      random() < 0.125 ? between(random, 1, 400) : between(random, 5_000, 800_000),
    )

    const headers = { authorization: `Bearer ${key}` }
    const url = `http://127.0.0.1:${proxy.port}`
    const progress = createProgress()
    const taken = Array.from({ length: clientCount }, () => new Taken())
    const clients = taken.map((mine, index) => {
      const chance = createRandom(seed + index)
      const client = new LiveClient({
        url: liveUrl(url),
        openSocket: (address) => new WebSocket(address, { headers }) as unknown as LiveSocket,
        clock: { ...systemClock, random: chance },
        // Every second one may also poll while no socket comes through, as the page does.
        ...(index % 2 === 0 ? {} : { poll: pollWith(createClient({ url, headers })) }),
      })
      client.subscribe(stream, 0, {
        onEvents(events) {
          mine.take(events)
          progress.moved()
        },
        onRefused: (error) => mine.faults.push(`refused: ${error.message}`),
      })
      return client
    })

    // Making the key was the first event of the stream.
    const written = createHash('sha256').update(
      lineOf({ seq: 1, type: 'people.changed', payload: {} }),
    )
    let count = 1
    const writeUpTo = async (last: number): Promise<void> => {
      while (count < last) {
        const events = Array.from(
          { length: Math.min(between(random, 1, 25), last - count) },
          (_, offset) => ({
            type: 'run.log' as const,
            payload: {
              message: `${count + offset + 1} ${'x'.repeat(between(random, 0, 200))}`,
            },
          }),
        )
        await database.db.scoped(scope, async (tx) => append(tx, scope, stream, events))
        for (const event of events) written.update(lineOf({ seq: ++count, ...event }))
      }
    }
    /** So many clients have something that was written after `from`. */
    const seen = (from: number, howMany: number) =>
      progress.until(() => taken.filter((one) => one.count > from).length >= howMany)

    const each = eventCount / (kills + 1)
    for (let kill = 1; kill <= kills; kill++) {
      const from = count
      const whileUp = writeUpTo(Math.round(each * kill - between(random, 100, 300)))
      // In the middle of the writing, with anything from a handful to nearly all of the clients back.
      await seen(from, between(random, 5, clientCount / 2))
      server.kill('SIGKILL')
      await Promise.all([server.ended, whileUp])
      const whileDown = writeUpTo(Math.round(each * kill))
      server = spawnServer(variables, { roles: 'gateway,worker' })
      await Promise.all([server.ready, whileDown])
      // Some hear that the network is back, as a page does that is looked at again; the others wait.
      for (const [index, client] of clients.entries()) if (index % 3 === 0) client.wake()
    }
    await writeUpTo(eventCount)
    await seen(eventCount - 1, clientCount)

    for (const client of clients) client.close()
    expect(
      taken.flatMap((one, index) => one.faults.map((fault) => `client ${index}: ${fault}`)),
    ).toEqual([])
    expect(new Set(taken.map((one) => one.digest()))).toEqual(new Set([written.digest('hex')]))
    expect(count).toBe(eventCount)
    // Else the test has shown nothing.
    expect(proxy.cuts).toBeGreaterThan(clientCount)
  },
)
