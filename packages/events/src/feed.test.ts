import { expect, test } from 'vitest'
import type { Database } from '@sluice/db/database'
import { createFeed } from './feed.ts'

const stream = `session:ses_${'0'.repeat(32)}`

/** A log that answers when it is told to: each query waits in `queries` with what it asked for. */
function createLog() {
  const queries: { after: number; answer: (last: number, sizeBytes?: number) => void }[] = []
  const db = {
    querySystem: (_text: string, [, , after, limit]: [string, string, number, number]) =>
      new Promise((resolve) => {
        queries.push({
          after,
          answer: (last, sizeBytes = 10) =>
            resolve(
              Array.from({ length: Math.min(limit, Math.max(0, last - after)) }, (_, index) => ({
                workspace_id: 'wks_1',
                stream,
                seq: String(after + 1 + index),
                type: 'notice',
                payload: {},
                actor: {},
                at: '2026-01-02T03:04:05Z',
                size_bytes: sizeBytes,
              })),
            ),
        })
      }),
  } as unknown as Database
  return { queries, feed: createFeed(db, 'wks_1', stream) }
}
const numbers = ({ events }: { events: readonly { seq: number }[] }) => events.map(({ seq }) => seq)
const answered = async <T>(reading: Promise<T>, answer: () => void): Promise<T> => {
  answer()
  return reading
}

test('all who ask for the same are served by one read', async () => {
  const { queries, feed } = createLog()
  const readings = [feed.read(0), feed.read(0), feed.read(0)]
  expect(queries).toHaveLength(1)
  queries[0]!.answer(2)
  expect((await Promise.all(readings)).map(numbers)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ])
})

test('a read that began before a hint does not answer one that was asked after it', async () => {
  const { queries, feed } = createLog()
  const before = feed.read(0)
  feed.hint(1)
  const after = feed.read(0)
  expect(queries).toHaveLength(2)
  queries[0]!.answer(0)
  queries[1]!.answer(1)
  expect(numbers(await before)).toEqual([])
  expect(numbers(await after)).toEqual([1])
})

test('a read that an earlier hint overtook does not count as all there is', async () => {
  const { queries, feed } = createLog()
  const reading = feed.read(0)
  feed.hint(3)
  expect(numbers(await answered(reading, () => queries[0]!.answer(2)))).toEqual([1, 2])
  const next = feed.read(2)
  expect(queries).toHaveLength(2)
  expect(numbers(await answered(next, () => queries[1]!.answer(3)))).toEqual([3])
})

test('what one reader finds wakes the others, since its hint will say nothing new', async () => {
  const { queries, feed } = createLog()
  let woken = 0
  feed.onChange(() => woken++)
  await answered(feed.read(0), () => queries[0]!.answer(2))
  expect(woken).toBe(1)
  const { version } = feed
  feed.hint(2)
  expect(feed.version).toBe(version)
  feed.hint(3)
  expect(feed.version).toBe(version + 1)
})

test('who has all there is is told so without a query, until something may have been missed', async () => {
  const { queries, feed } = createLog()
  await answered(feed.read(0), () => queries[0]!.answer(2))
  expect(await feed.read(2)).toEqual({ events: [], isLast: true })
  expect(queries).toHaveLength(1)
  feed.suspect()
  void feed.read(2)
  expect(queries).toHaveLength(2)
})

test('those at one cursor are given the same batch, until there is more', async () => {
  const { queries, feed } = createLog()
  await answered(feed.read(0), () => queries[0]!.answer(3))
  const first = await feed.read(1)
  expect((await feed.read(1)).events).toBe(first.events)
  expect(numbers(await feed.read(2))).toEqual([3])
  feed.hint(4)
  await answered(feed.read(3), () => queries[1]!.answer(4))
  expect(numbers(await feed.read(2))).toEqual([3, 4])
})

test('the newest events are kept for those nearly up to date, the rest is read from the log', async () => {
  const { queries, feed } = createLog()
  await answered(feed.read(0), () => queries[0]!.answer(800))
  expect(numbers(await feed.read(600))).toHaveLength(200)
  expect(queries).toHaveLength(1)
  void feed.read(100)
  expect(queries.map(({ after }) => after)).toEqual([0, 100])
})

test('large events are kept up to a size, not a number', async () => {
  const { queries, feed } = createLog()
  await answered(feed.read(0), () => queries[0]!.answer(10, 300_000))
  expect(numbers(await feed.read(7))).toEqual([8, 9, 10])
  void feed.read(6)
  expect(queries.map(({ after }) => after)).toEqual([0, 6])
})

test('a reader far behind does not disturb what is kept', async () => {
  const { queries, feed } = createLog()
  await answered(feed.read(1_000), () => queries[0]!.answer(1_003))
  const { events, isLast } = await answered(feed.read(0), () => queries[1]!.answer(1_003))
  expect([events.length, isLast]).toEqual([1_000, false])
  expect(numbers(await feed.read(1_001))).toEqual([1_002, 1_003])
  expect(queries).toHaveLength(2)
})

test('a wake that was taken back is not called', () => {
  const { feed } = createLog()
  let woken = 0
  const takeBack = feed.onChange(() => woken++)
  takeBack()
  feed.suspect()
  expect(woken).toBe(0)
})
