import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '@sluice/contract/ids'
import { createTestDatabase } from '@sluice/testing/database'
import type { TestDatabase } from '@sluice/testing/database'
import { createTestWorkspace } from '@sluice/testing/workspace'
import type { TestWorkspace } from '@sluice/testing/workspace'
import { append, maxPayloadBytes, readCursor, readEvents } from './log.ts'

let database: TestDatabase
let home: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  home = await createTestWorkspace(database.db)
})
afterAll(() => database?.drop())

const notice = (text: string) => ({ type: 'notice', payload: { level: 'info', text } }) as const
const newStream = () => `session:${createId('ses')}`

describe('append', () => {
  test('numbers the events of each stream from 1, in the order in which they were appended', async () => {
    const stream = newStream()
    const beside = newStream()
    await database.db.scoped(home.scope, async (tx) => {
      append(tx, home.scope, stream, [notice('a'), notice('b')])
      append(tx, home.scope, beside, [notice('d')])
      append(tx, home.scope, stream, [notice('c')])
      append(tx, home.scope, stream, [])
    })
    const others = await database.db.scoped(home.scope, (tx) =>
      readEvents(tx, { ...home, stream: beside, after: 0 }),
    )
    expect(others.map(({ seq, payload }) => [seq, payload])).toEqual([
      [1, { level: 'info', text: 'd' }],
    ])
    const read = await database.db.scoped(home.scope, (tx) =>
      readEvents(tx, { ...home, stream, after: 1 }),
    )
    expect(read.map(({ seq, payload }) => [seq, payload])).toEqual([
      [2, { level: 'info', text: 'b' }],
      [3, { level: 'info', text: 'c' }],
    ])
    expect(read[0]).toMatchObject({
      actor: home.scope.actor,
      workspaceId: home.workspaceId,
      stream,
      type: 'notice',
    })
    expect(new Date(read[0]!.at).toISOString()).toBe(read[0]!.at)
  })

  test('lets no two transactions wait for each other, whatever order they append in', async () => {
    const streams = [newStream(), newStream()]
    const bothBegun = Promise.withResolvers<void>()
    let begun = 0
    const write = (order: string[]) =>
      database.db.scoped(home.scope, async (tx) => {
        append(tx, home.scope, order[0]!, [notice('first')])
        await readCursor(tx, { ...home, stream: order[0]! })
        if (++begun === 2) bothBegun.resolve()
        await bothBegun.promise
        append(tx, home.scope, order[1]!, [notice('second')])
      })
    await Promise.all([write(streams), write(streams.toReversed())])
    for (const stream of streams)
      expect(
        await database.db.scoped(home.scope, (tx) => readCursor(tx, { ...home, stream })),
      ).toBe(2)
  })

  test('leaves no gap where a transaction rolled back', async () => {
    const stream = newStream()
    await expect(
      database.db.scoped(home.scope, async (tx) => {
        append(tx, home.scope, stream, [notice('lost')])
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    await database.db.scoped(home.scope, async (tx) =>
      append(tx, home.scope, stream, [notice('kept')]),
    )
    const read = await database.db.scoped(home.scope, (tx) =>
      readEvents(tx, { ...home, stream, after: 0 }),
    )
    expect(read.map(({ seq, payload }) => [seq, payload])).toEqual([
      [1, { level: 'info', text: 'kept' }],
    ])
    expect(await database.db.scoped(home.scope, (tx) => readCursor(tx, { ...home, stream }))).toBe(
      1,
    )
  })

  test('refuses the stream of another workspace, and does not show it', async () => {
    const other = await createTestWorkspace(database.db)
    const stream = newStream()
    await database.db.scoped(home.scope, async (tx) =>
      append(tx, home.scope, stream, [notice('mine')]),
    )
    await expect(
      database.db.scoped(other.scope, async (tx) =>
        append(tx, other.scope, stream, [notice('intruder')]),
      ),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
    // Even one who lies about the workspace in the query meets row-level security.
    const seen = await database.db.scoped(other.scope, (tx) =>
      readEvents(tx, { workspaceId: home.workspaceId, stream, after: 0 }),
    )
    expect(seen).toEqual([])
    // The system role passes row-level security; the statement itself keeps the workspaces apart.
    await expect(
      database.db.system(async (tx) => append(tx, other.scope, stream, [notice('intruder')])),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  test('keeps text that Postgres would refuse: NUL and halves of surrogate pairs', async () => {
    const stream = newStream()
    await database.db.scoped(home.scope, async (tx) =>
      append(tx, home.scope, stream, [notice('a\u0000b \ud83d c "\\ \n')]),
    )
    const [event] = await database.db.scoped(home.scope, (tx) =>
      readEvents(tx, { ...home, stream, after: 0 }),
    )
    expect(event!.payload).toEqual({ level: 'info', text: 'a\ufffdb \ufffd c "\\ \n' })
  })

  test('refuses a payload over the limit and a stream name of no known kind', async () => {
    await expect(
      database.db.scoped(home.scope, async (tx) =>
        append(tx, home.scope, newStream(), [notice('x'.repeat(maxPayloadBytes))]),
      ),
    ).rejects.toMatchObject({ code: 'too_large' })
    await expect(
      database.db.scoped(home.scope, async (tx) =>
        append(tx, home.scope, 'elsewhere:1', [notice('x')]),
      ),
    ).rejects.toMatchObject({ cause: { code: '23514' } })
  })

  test('is append-only: a feature can neither change nor remove an event', async () => {
    const stream = newStream()
    await database.db.scoped(home.scope, async (tx) =>
      append(tx, home.scope, stream, [notice('written')]),
    )
    for (const statement of [`update events set payload = '{}'`, 'delete from events']) {
      await expect(
        database.db.scoped(home.scope, (tx) => tx.execute(statement)),
      ).rejects.toMatchObject({ cause: { code: '42501' } })
    }
  })
})
