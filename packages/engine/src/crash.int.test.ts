import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Scope } from '@sluice/db/scope'
import type { RunId } from '@sluice/contract/ids'
import { startChild, stopChildren } from './testing/children.ts'
import type { ChildOptions } from './testing/children.ts'
import type { KillPoint } from './testing/crash-kinds.ts'
import { registerCrashKinds } from './testing/crash-kinds.ts'
import { createEffects, effectsOf } from './testing/effects.ts'
import { openEngine } from './testing/fixture.ts'
import type { EngineFixture } from './testing/fixture.ts'

// This process only starts runs and looks; what executes them are children that are killed and frozen.
let fixture: EngineFixture
let scope: Scope
beforeAll(async () => {
  fixture = await openEngine({ executes: false })
  const admin = new pg.Client({ connectionString: fixture.database.url })
  await admin.connect()
  await createEffects(admin)
  await admin.end()
  registerCrashKinds(fixture.engine, { db: fixture.db, worker: 'nobody', hit: async () => {} })
  await fixture.engine.launch()
  scope = await fixture.workspace()
})
afterEach(stopChildren)
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
})

const child = (name: string, options: ChildOptions = {}) =>
  startChild(fixture.database.url, name, options)
const startSteps = (kill: KillPoint, steps = 3): Promise<RunId> =>
  fixture.start(scope, { kind: 'steps', input: { steps, kill } })

const pointsOfThreeSteps = [1, 2, 3].flatMap((n): KillPoint[] => [
  `before:${n}`,
  `in:${n}`,
  `after-effect:${n}`,
  `after:${n}`,
])

test.each(pointsOfThreeSteps)(
  'a worker killed at %s: recorded steps stay done, the open one is executed again, once',
  async (kill) => {
    const first = await child('first')
    const runId = await startSteps(kill)
    await first.exited
    const second = await child('second', { isSafe: true })
    expect(await fixture.settled(scope, runId)).toMatchObject({
      status: 'completed',
      output: [10, 20, 30],
      workerId: second.workerId,
    })
    const [where, n] = kill.split(':') as [string, string]
    const effects = (await effectsOf(fixture.db, runId)).map(
      (effect) => `${effect.step} ${effect.attempt}`,
    )
    const expected = [1, 2, 3].flatMap((k) => {
      if (String(k) !== n || where === 'before' || where === 'after') return [`step ${k} 1`]
      return where === 'in' ? [`step ${k} 2`] : [`step ${k} 1`, `step ${k} 2`]
    })
    expect(effects).toEqual(expected)
    const completed = (await fixture.events(runId))
      .filter((event) => event.type === 'step.completed')
      .map((event) => event.payload['position'])
    expect(completed).toEqual([1, 2, 3])
    await second.stop()
  },
)

test('a living worker takes over from a killed one, each run exactly once', async () => {
  const [victim, other, third] = await Promise.all([
    child('victim'),
    child('other'),
    child('third'),
  ])
  const ids: RunId[] = []
  for (let n = 0; n < 12; n++) ids.push(await fixture.start(scope, { kind: 'asks', input: {} }))
  for (const id of ids) await fixture.settled(scope, id, ['waiting'])
  victim.process.kill('SIGKILL')
  await victim.exited
  for (const id of ids) await fixture.signal(scope, id, 'answer', id)
  for (const id of ids) {
    expect(await fixture.settled(scope, id)).toMatchObject({ status: 'completed', output: id })
    expect(
      (await effectsOf(fixture.db, id)).map((effect) => [effect.step, effect.attempt]),
    ).toEqual([
      ['before', 1],
      ['after', 1],
    ])
  }
  const workers = await fixture.db.querySystem<{ id: string; status: string }>(
    'select id, status from workers where id = any($1)',
    [[victim.workerId, other.workerId, third.workerId]],
  )
  expect(Object.fromEntries(workers.map((row) => [row.id, row.status]))).toEqual({
    [victim.workerId]: 'gone',
    [other.workerId]: 'alive',
    [third.workerId]: 'alive',
  })
  await Promise.all([other.stop(), third.stop()])
})

test('a frozen worker that wakes up after a takeover is fenced before its next effect', async () => {
  const frozen = await child('frozen', { staleMs: 800 })
  const runId = await startSteps('freeze:2')
  await frozen.at('freeze:2')
  const rescuer = await child('rescuer', { staleMs: 800, isSafe: true })
  expect(await fixture.settled(scope, runId)).toMatchObject({
    status: 'completed',
    workerId: rescuer.workerId,
  })
  await rescuer.stop()
  // It wakes up in the middle of step 2, before the effect, and is the only worker now.
  frozen.process.kill('SIGCONT')
  const later = await startSteps('none')
  expect(await fixture.settled(scope, later)).toMatchObject({
    status: 'completed',
    workerId: frozen.workerId,
  })
  expect(
    (await effectsOf(fixture.db, runId)).map((effect) => [
      effect.step,
      effect.attempt,
      effect.worker,
    ]),
  ).toEqual([
    ['step 1', 1, 'frozen'],
    ['step 2', 2, 'rescuer'],
    ['step 3', 1, 'rescuer'],
  ])
  expect((await fixture.find(scope, runId)).workerId).toBe(rescuer.workerId)
  await frozen.stop()
})

test('a run that is a living worker’s and not in its memory is taken back, for nobody else would look', async () => {
  const worker = await child('forgetful')
  const runId = await fixture.db.system(async (tx) => {
    const id = await fixture.engine.start(tx, scope, {
      kind: 'steps',
      input: { steps: 2, kill: 'none' },
    })
    await tx.execute(
      sql`update runs set status = 'running', worker_id = ${worker.workerId} where id = ${id}`,
    )
    return id
  })
  expect(await fixture.settled(scope, runId)).toMatchObject({
    status: 'completed',
    workerId: worker.workerId,
  })
  expect((await effectsOf(fixture.db, runId)).map((effect) => effect.attempt)).toEqual([1, 1])
  await worker.stop()
})

test('a wait survives that no worker is left, and an answer given meanwhile is not lost', async () => {
  const first = await child('first')
  const [answered, open] = [
    await fixture.start(scope, { kind: 'asks', input: {} }),
    await fixture.start(scope, { kind: 'asks', input: {} }),
  ]
  for (const id of [answered, open]) await fixture.settled(scope, id, ['waiting'])
  await first.stop()
  await fixture.signal(scope, answered, 'answer', 'while nobody was there')
  const second = await child('second')
  expect((await fixture.settled(scope, answered)).output).toBe('while nobody was there')
  await fixture.signal(scope, open, 'answer', 'afterwards')
  expect((await fixture.settled(scope, open)).output).toBe('afterwards')
  expect((await effectsOf(fixture.db, open)).map((effect) => effect.attempt)).toEqual([1, 1])
  await second.stop()
})

test('a cancel asked for while no worker lives is carried out by the next', async () => {
  const first = await child('first')
  const id = await fixture.start(scope, { kind: 'asks', input: {} })
  await fixture.settled(scope, id, ['waiting'])
  await first.stop()
  await fixture.cancel(scope, id, 'not any more')
  const second = await child('second')
  expect(await fixture.settled(scope, id)).toMatchObject({
    status: 'cancelled',
    cancelReason: 'not any more',
  })
  await second.stop()
})

test('a run that kills every worker ends as a dead letter', async () => {
  const id = await fixture.start(scope, { kind: 'poison', input: {} })
  for (const name of ['one', 'two', 'three'])
    await (
      await child(name).catch(() => undefined)
    )?.exited
  const last = await child('four')
  expect(await fixture.settled(scope, id)).toMatchObject({
    status: 'dead',
    error: { code: 'crash_loop' },
  })
  await last.stop()
})

test('a limit of a workspace is exact over two processes', async () => {
  await fixture.db.scoped(scope, (tx) => fixture.engine.setConcurrency(tx, scope, 3))
  const workers = await Promise.all([child('left'), child('right')])
  const ids = await Promise.all(
    Array.from({ length: 24 }, () => fixture.start(scope, { kind: 'slots', input: { steps: 3 } })),
  )
  const owners = new Set<string | null>()
  for (const id of ids) {
    const run = await fixture.settled(scope, id)
    expect(run.status).toBe('completed')
    owners.add(run.workerId)
  }
  const [peak] = await fixture.db.querySystem<{ most: number }>(
    'select max(peak) as most from test_peaks',
  )
  expect(peak?.most).toBe(3)
  expect(owners.size).toBe(2)
  await Promise.all(workers.map((worker) => worker.stop()))
})

test('a worker told to end lets its step end, begins no other, hands the rest over and leaves', async () => {
  const lock = 77
  const holder = new pg.Client({ connectionString: fixture.database.url })
  await holder.connect()
  await holder.query('select pg_advisory_lock($1)', [lock])
  const leaving = await child('leaving')
  const held = await fixture.start(scope, { kind: 'held', input: { lock } })
  const asking = await fixture.start(scope, { kind: 'asks', input: {} })
  await fixture.settled(scope, asking, ['waiting'])
  while ((await effectsOf(fixture.db, held)).length === 0)
    await fixture.settled(scope, held, ['running'])
  leaving.process.kill('SIGTERM')
  await leaving.at('draining')
  await holder.end()
  await leaving.exited
  expect(leaving.process.exitCode).toBe(0)
  const [row] = await fixture.db.querySystem<{ status: string }>(
    'select status from workers where id = $1',
    [leaving.workerId],
  )
  expect(row?.status).toBe('drained')
  const next = await child('next')
  await fixture.signal(scope, asking, 'answer', 'ok')
  for (const id of [held, asking])
    expect((await fixture.settled(scope, id)).status).toBe('completed')
  expect(
    (await effectsOf(fixture.db, held)).map((effect) => [
      effect.step,
      effect.attempt,
      effect.worker,
    ]),
  ).toEqual([
    ['held', 1, 'leaving'],
    ['after', 1, 'next'],
  ])
  await next.stop()
})

test('processes that start together on an empty durable schema all come up', async () => {
  const fresh = await openEngine({ executes: false })
  try {
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, n) => startChild(fresh.database.url, `boot ${n}`)),
    )
    expect(new Set(all.map((one) => one.workerId)).size).toBe(4)
    await Promise.all(all.map((one) => one.stop()))
  } finally {
    await fresh[Symbol.asyncDispose]()
  }
})
