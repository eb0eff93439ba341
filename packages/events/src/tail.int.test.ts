import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '@sluice/contract/ids'
import type { StreamEvent } from '@sluice/contract/events'
import { createTestDatabase } from '@sluice/testing/database'
import type { TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { collectUntil, createGate } from '@sluice/testing/wait'
import { createTestWorkspace } from '@sluice/testing/workspace'
import type { TestWorkspace } from '@sluice/testing/workspace'
import { append } from './log.ts'
import { createEventTail } from './tail.ts'
import type { EventTail } from './tail.ts'

let database: TestDatabase
let home: TestWorkspace
let tail: EventTail
const problems: unknown[] = []

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 12 })
  home = await createTestWorkspace(database.db)
  tail = createEventTail({ db: database.db, onError: (error) => problems.push(error) })
})
afterAll(async () => {
  await tail?.close()
  await database?.drop()
})

const notice = (text: string) => ({ type: 'notice', payload: { level: 'info', text } }) as const
const newStream = () => `run:${createId('run')}`
const write = (stream: string, ...texts: string[]) =>
  database.db.scoped(home.scope, async (tx) => append(tx, home.scope, stream, texts.map(notice)))
const numbers = (events: readonly StreamEvent[]) => events.map(({ seq }) => seq)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
const reaches = (last: number) => (all: StreamEvent[]) => (all.at(-1)?.seq ?? 0) >= last

describe('subscribe', () => {
  test('first gives what is in the log after the cursor, then what is written', async () => {
    const stream = newStream()
    await write(stream, 'one', 'two')
    const caughtUp = createGate()
    let caughtUpAt = 0
    const live = collectUntil(
      tail.subscribe({
        ...home,
        stream,
        after: 1,
        onCaughtUp: (seq) => {
          caughtUpAt = seq
          caughtUp.open()
        },
      }),
      reaches(4),
    )
    await caughtUp.opened
    expect(caughtUpAt).toBe(2)
    await write(stream, 'three')
    await write(stream, 'four')
    expect((await live).map(({ payload }) => (payload as { text: string }).text)).toEqual([
      'two',
      'three',
      'four',
    ])
  })

  test('gives more than one read holds, in order', async () => {
    const stream = newStream()
    for (let batch = 0; batch < 3; batch++)
      await write(stream, ...Array.from({ length: 900 }, (_, index) => `${index}`))
    expect(
      numbers(await collectUntil(tail.subscribe({ ...home, stream, after: 0 }), reaches(2_700))),
    ).toEqual(upTo(2_700))
  })

  test('ends when its signal aborts, also while it waits for an event', async () => {
    const stopping = new AbortController()
    const waiting = createGate()
    const all = collectUntil(
      tail.subscribe({
        ...home,
        stream: newStream(),
        after: 0,
        signal: stopping.signal,
        onCaughtUp: waiting.open,
      }),
      () => false,
    )
    await waiting.opened
    stopping.abort()
    expect(await all).toEqual([])
  })

  test('ends when it is left while it waits', async () => {
    const waiting = createGate()
    const iterator = tail
      .subscribe({ ...home, stream: newStream(), after: 0, onCaughtUp: waiting.open })
      [Symbol.asyncIterator]()
    const next = iterator.next()
    await waiting.opened
    await iterator.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('shows nothing of a stream of another workspace', async () => {
    const stream = newStream()
    const other = await createTestWorkspace(database.db)
    await write(stream, 'secret')
    const stopping = new AbortController()
    const waiting = createGate()
    const all = collectUntil(
      tail.subscribe({
        workspaceId: other.workspaceId,
        stream,
        after: 0,
        signal: stopping.signal,
        onCaughtUp: waiting.open,
      }),
      () => true,
    )
    await waiting.opened
    await write(stream, 'secret too')
    // The owner of the stream has been served, so the other's chance has passed too.
    await collectUntil(tail.subscribe({ ...home, stream, after: 1 }), reaches(2))
    stopping.abort()
    expect(await all).toEqual([])
  })

  test('refuses a cursor that is ahead of the log', async () => {
    const stream = newStream()
    await write(stream, 'only')
    await expect(
      collectUntil(tail.subscribe({ ...home, stream, after: 7 }), () => true),
    ).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('finds by its sweep what no hint told of', async () => {
    const stream = newStream()
    const deaf = createEventTail({
      db: database.db,
      onError: (error) => problems.push(error),
      sweepMs: 20,
    })
    const waiting = createGate()
    const all = collectUntil(
      deaf.subscribe({ ...home, stream, after: 0, onCaughtUp: waiting.open }),
      reaches(1),
    )
    await waiting.opened
    // Written past `append`, so without a hint.
    await database.db.system(async (tx) => {
      await tx.execute(
        `insert into event_streams (stream, workspace_id, last_seq) values ('${stream}', '${home.workspaceId}', 1)`,
      )
      await tx.execute(
        `insert into events (workspace_id, stream, seq, type, payload, actor) values ('${home.workspaceId}', '${stream}', 1, 'notice', '{}', '{}')`,
      )
    })
    expect(numbers(await all)).toEqual([1])
    await deaf.close()
  })

  test('goes on without gap or duplicate when all its connections are cut', async () => {
    const stream = newStream()
    const atFive = createGate()
    const all = collectUntil(tail.subscribe({ ...home, stream, after: 0 }), (events) => {
      if (reaches(5)(events)) atFive.open()
      return reaches(10)(events)
    })
    await write(stream, '1', '2', '3', '4', '5')
    await atFive.opened
    await withAdmin(database.url, (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      ),
    )
    const writeAgain = async (text: string): Promise<void> => {
      // A pooled connection may turn out to be cut only when it is used.
      await write(stream, text).catch(() => writeAgain(text))
    }
    for (const text of ['6', '7', '8', '9', '10']) await writeAgain(text)
    expect(numbers(await all)).toEqual(upTo(10))
    expect(problems.length).toBeGreaterThan(0)
  })
})

// A fixed seed: a failure can be run again.
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('every subscriber sees exactly 1..n whatever the writers do', async () => {
  const random = createRandom(20_261_120)
  const streams = Array.from({ length: 4 }, newStream)
  const committed = new Map(streams.map((stream) => [stream, 0]))

  // Writers on the same streams: some commit at once, some late, some roll back, some append twice.
  const writer = async (): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      const stream = streams[Math.floor(random() * streams.length)]!
      const isLost = random() < 0.25
      const count = 1 + Math.floor(random() * 5)
      const pauses = Math.floor(random() * 4)
      const work = database.db.scoped(home.scope, async (tx) => {
        append(
          tx,
          home.scope,
          stream,
          Array.from({ length: count }, (_, index) => notice(`${index}`)),
        )
        for (let pause = 0; pause < pauses; pause++) await tx.execute('select pg_sleep(0.002)')
        append(tx, home.scope, stream, [notice('last')])
        if (isLost) throw new Error('rolled back on purpose')
      })
      if (isLost) await expect(work).rejects.toThrow('rolled back on purpose')
      else {
        await work
        committed.set(stream, committed.get(stream)! + count + 1)
      }
    }
  }
  const finished = createGate()

  // Subscribers that stay, and ones that leave after a while and come back with their cursor.
  const subscriber = async (stream: string, leavesAfter: number): Promise<number[]> => {
    const seen: number[] = []
    let isOver = false
    void finished.opened.then(() => (isOver = true))
    for (;;) {
      const leaving = new AbortController()
      let taken = 0
      const endAtEnd = () => {
        if (isOver && seen.length >= committed.get(stream)!) leaving.abort()
      }
      void finished.opened.then(endAtEnd)
      for await (const batch of tail.subscribe({
        ...home,
        stream,
        after: seen.at(-1) ?? 0,
        signal: leaving.signal,
      })) {
        seen.push(...numbers(batch))
        taken += batch.length
        endAtEnd()
        if (taken >= leavesAfter) break
      }
      if (isOver && seen.length >= committed.get(stream)!) return seen
    }
  }
  const subscribers = streams.flatMap((stream) =>
    [Infinity, Infinity, 1, 3, 7, 20].map((leavesAfter) => ({
      stream,
      seen: subscriber(stream, leavesAfter),
    })),
  )
  await Promise.all(Array.from({ length: 8 }, writer))
  finished.open()
  for (const { stream, seen } of subscribers)
    expect(await seen).toEqual(upTo(committed.get(stream)!))
  expect([...committed.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500)
})
