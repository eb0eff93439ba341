import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunId } from '@sluice/contract/ids'
import { createGate } from '@sluice/testing/wait'
import { listRuns } from './queries.ts'
import type { EngineFixture } from './testing/fixture.ts'
import { openScriptedEngine } from './testing/scripted.ts'
import type { ScriptedEngine } from './testing/scripted.ts'

let fixture: EngineFixture
let define: ScriptedEngine['define']
let ended: string[]

beforeAll(async () => {
  ;({ fixture, define, ended } = await openScriptedEngine())
})
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
})

test('a run executes its steps in order, records them and tells both streams', async () => {
  const scope = await fixture.workspace()
  const input = define(async (run) => {
    const one = await run.step('one', async (step) => ({ attempt: step.attempt, text: 'a\u0000b' }))
    const two = await run.step('two', async () => one.text.length)
    return { one, two }
  })
  const run = await fixture.run(scope, {
    kind: 'scripted',
    input,
    subject: { type: 'task', id: 't1' },
  })
  expect(run).toMatchObject({
    status: 'completed',
    output: { one: { attempt: 1, text: 'a\u0000b' }, two: 3 },
    error: null,
    subjectType: 'task',
    subjectId: 't1',
  })
  expect(await fixture.steps(scope, run.id)).toMatchObject([
    { position: 1, name: 'one', attempt: 1, status: 'completed', kind: 'step' },
    { position: 2, name: 'two', attempt: 1, status: 'completed', kind: 'step' },
  ])
  const events = await fixture.events(run.id)
  expect(
    events.map((event) => [event.type, event.payload['status'] ?? event.payload['name']]),
  ).toEqual([
    ['run.changed', 'queued'],
    ['run.changed', 'running'],
    ['step.started', 'one'],
    ['step.completed', 'one'],
    ['step.started', 'two'],
    ['step.completed', 'two'],
    ['run.changed', 'completed'],
  ])
  const told = await fixture.db.querySystem<{ status: string }>(
    `select payload->>'status' as status from events where stream = $1 order by seq`,
    [`workspace:${scope.workspaceId}`],
  )
  expect(told.map((row) => row.status)).toEqual(['queued', 'running', 'completed'])
})

test('a start whose transaction is rolled back never happens', async () => {
  const scope = await fixture.workspace()
  const input = define(async () => 'never')
  await expect(
    fixture.db.scoped(scope, async (tx) => {
      await fixture.engine.start(tx, scope, { kind: 'scripted', input })
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  await fixture.engine.idle()
  expect(await fixture.db.scoped(scope, (tx) => listRuns(tx, scope))).toEqual({ items: [] })
})

test('starting the same id twice gives one run', async () => {
  const scope = await fixture.workspace()
  let executions = 0
  const input = define(async (run) => await run.step('count', async () => ++executions))
  const first = await fixture.start(scope, { kind: 'scripted', input })
  const second = await fixture.start(scope, { kind: 'scripted', input, runId: first })
  expect(second).toBe(first)
  expect((await fixture.settled(scope, first)).output).toBe(1)
  await expect(
    fixture.start(await fixture.workspace(), { kind: 'scripted', input, runId: first }),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('an input that does not fit is refused at the start', async () => {
  await expect(
    fixture.start(await fixture.workspace(), { kind: 'strict', input: 'x' }),
  ).rejects.toMatchObject({ code: 'invalid_input' })
  expect((await fixture.run(await fixture.workspace(), { kind: 'strict', input: 7 })).output).toBe(
    7,
  )
})

test('a wait takes signals in order, also those that came first, and is waiting meanwhile', async () => {
  const scope = await fixture.workspace()
  const before = createGate()
  const input = define(async (run) => {
    await run.step('before', () => before.opened)
    return [await run.wait('say'), await run.wait('say'), await run.wait('other')]
  })
  const id = await fixture.start(scope, { kind: 'scripted', input })
  await fixture.signal(scope, id, 'say', 1)
  before.open()
  expect(await fixture.settled(scope, id, ['waiting'])).toMatchObject({ waitingOn: 'say' })
  await fixture.signal(scope, id, 'other', { c: 3 })
  await fixture.signal(scope, id, 'say', 'two')
  expect((await fixture.settled(scope, id)).output).toEqual([1, 'two', { c: 3 }])
  await expect(fixture.signal(scope, id, 'say', 4)).rejects.toMatchObject({ code: 'wrong_state' })
})

test('a signal of a rolled-back transaction is not delivered', async () => {
  const scope = await fixture.workspace()
  const id = await fixture.start(scope, {
    kind: 'scripted',
    input: define((run) => run.wait('go')),
  })
  await fixture.settled(scope, id, ['waiting'])
  await expect(
    fixture.db.scoped(scope, async (tx) => {
      await fixture.engine.signal(tx, scope, id, 'go', 'lost')
      throw new Error('rolled back')
    }),
  ).rejects.toThrow('rolled back')
  await fixture.signal(scope, id, 'go', 'kept')
  expect((await fixture.settled(scope, id)).output).toBe('kept')
})

test('a wait gives up after its time limit', async () => {
  const run = await fixture.run(await fixture.workspace(), {
    kind: 'scripted',
    input: define(async (context) => ({
      got: (await context.wait('never', { timeoutMs: 30 })) ?? 'nothing',
    })),
  })
  expect(run.output).toEqual({ got: 'nothing' })
})

test('time spent waiting does not count against the limit of the run, time in steps does', async () => {
  const scope = await fixture.workspace()
  const patient = await fixture.run(scope, {
    kind: 'limited',
    input: define(async (run) => (await run.wait('x', { timeoutMs: 500 })) ?? 'late but fine'),
  })
  expect(patient).toMatchObject({ status: 'completed', output: 'late but fine' })
  let reason: unknown
  const slow = await fixture.run(scope, {
    kind: 'limited',
    input: define((run) =>
      run.step(
        'slow',
        (step) =>
          new Promise((_resolve, reject) =>
            step.signal.addEventListener('abort', () => reject((reason = step.signal.reason))),
          ),
      ),
    ),
  })
  expect(slow).toMatchObject({ status: 'failed', error: { code: 'timed_out' } })
  expect(reason).toMatchObject({ name: 'RunTimedOut' })
  expect(ended).toContain(`${slow.id} failed timed_out`)
})

test('a cancel aborts the open step, ends the run and says why', async () => {
  const scope = await fixture.workspace()
  const begun = createGate()
  let aborted: unknown
  const input = define((run) =>
    run.step('long', async (step) => {
      begun.open()
      await new Promise<void>((resolve) => step.signal.addEventListener('abort', () => resolve()))
      aborted = step.signal.reason
    }),
  )
  const id = await fixture.start(scope, { kind: 'scripted', input })
  await begun.opened
  await fixture.cancel(scope, id, 'no longer wanted')
  expect(await fixture.settled(scope, id)).toMatchObject({
    status: 'cancelled',
    error: { code: 'cancelled', message: 'no longer wanted' },
    cancelReason: 'no longer wanted',
  })
  expect(aborted).toMatchObject({ name: 'RunCancelled', message: 'no longer wanted' })
  expect(await fixture.steps(scope, id)).toMatchObject([{ name: 'long', status: 'cancelled' }])
  expect(ended).toContain(`${id} cancelled cancelled`)
  // Once ended, a further cancel changes nothing.
  await fixture.cancel(scope, id, 'again')
  await fixture.engine.idle()
  expect((await fixture.find(scope, id)).cancelReason).toBe('no longer wanted')
})

test('a step that ignores its signal does not hold up a cancel', async () => {
  const scope = await fixture.workspace()
  const begun = createGate()
  const input = define((run) => run.step('deaf', () => (begun.open(), new Promise(() => {}))))
  const id = await fixture.start(scope, { kind: 'scripted', input })
  await begun.opened
  await fixture.cancel(scope, id, 'stop')
  expect((await fixture.settled(scope, id)).status).toBe('cancelled')
})

test('a waiting run and a run that queues are cancelled at once', async () => {
  const scope = await fixture.workspace()
  await fixture.db.scoped(scope, (tx) => fixture.engine.setConcurrency(tx, scope, 1))
  const hold = createGate()
  const holder = await fixture.start(scope, {
    kind: 'queued',
    input: define((run) => run.step('hold', () => hold.opened)),
  })
  await fixture.settled(scope, holder, ['running'])
  let executed = false
  const queued = await fixture.start(scope, {
    kind: 'queued',
    input: define(async () => (executed = true)),
  })
  const waiting = await fixture.start(scope, {
    kind: 'scripted',
    input: define((run) => run.wait('x')),
  })
  await fixture.settled(scope, waiting, ['waiting'])
  await fixture.cancel(scope, queued, 'a')
  await fixture.cancel(scope, waiting, 'b')
  expect((await fixture.settled(scope, queued)).status).toBe('cancelled')
  expect((await fixture.settled(scope, waiting)).status).toBe('cancelled')
  hold.open()
  await fixture.settled(scope, holder)
  expect(executed).toBe(false)
  expect(ended).toContain(`${queued} cancelled cancelled`)
})

test('a step starts other runs in its own transactions, and they run apart from it', async () => {
  const scope = await fixture.workspace()
  const inner = define(async (run) => await run.step('inner', async () => 'done'))
  const start = () =>
    fixture.db.scoped(scope, (tx) =>
      fixture.engine.start(tx, scope, { kind: 'scripted', input: inner }),
    )
  const outer = define(
    async (run) =>
      await run.step('outer', async () => {
        const started: RunId[] = []
        // Each is begun by whichever hint comes first, the step's own among them.
        for (let count = 0; count < 20; count++) started.push(await start())
        return started
      }),
  )
  const { output } = await fixture.run(scope, { kind: 'scripted', input: outer })
  for (const runId of output as RunId[])
    expect(await fixture.engine.settled(scope, runId)).toMatchObject({
      status: 'completed',
      output: 'done',
    })
})
