import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGate } from '@sluice/testing/wait'
import type { RunId } from '@sluice/contract/ids'
import { PermanentError, StepFailed } from './errors.ts'
import { listArtifacts } from './artifacts.ts'
import { listRuns, listWorkers } from './queries.ts'
import type { EngineFixture } from './testing/fixture.ts'
import { openScriptedEngine } from './testing/scripted.ts'
import type { ScriptedEngine } from './testing/scripted.ts'
import type { RunContext } from './types.ts'

let fixture: EngineFixture
let define: ScriptedEngine['define']

beforeAll(async () => {
  ;({ fixture, define } = await openScriptedEngine())
})
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
})

test('a step is tried again by its policy, and a permanent failure never', async () => {
  const scope = await fixture.workspace()
  const attempts: number[] = []
  const input = define(async (run) => {
    const value = await run.step(
      'flaky',
      async (step) => {
        attempts.push(step.attempt)
        if (step.attempt < 3) throw new Error('not yet')
        return 'there'
      },
      { retry: { maxAttempts: 3, initialDelayMs: 1 } },
    )
    await run.step('final', async () => Promise.reject(new PermanentError('declined', 'no way')), {
      retry: { maxAttempts: 5, initialDelayMs: 1 },
    })
    return value
  })
  const run = await fixture.run(scope, { kind: 'scripted', input })
  expect(attempts).toEqual([1, 2, 3])
  expect(run).toMatchObject({ status: 'failed', error: { code: 'declined', message: 'no way' } })
  expect(await fixture.steps(scope, run.id)).toMatchObject([
    { name: 'flaky', attempt: 3, status: 'completed' },
    { name: 'final', attempt: 1, status: 'failed', error: { code: 'declined' } },
  ])
  const failures = (await fixture.events(run.id)).filter((event) => event.type === 'step.failed')
  expect(
    failures.map((event) => [event.payload['attempt'], event.payload['willRetryInMs'] !== null]),
  ).toEqual([
    [1, true],
    [2, true],
    [1, false],
  ])
})

test('a step over its own time limit fails and may be tried again', async () => {
  const input = define((run) =>
    run.step(
      'slow once',
      (step) =>
        step.attempt === 1
          ? new Promise<string>((_resolve, reject) =>
              step.signal.addEventListener('abort', () => reject(step.signal.reason)),
            )
          : Promise.resolve('quick'),
      {
        timeoutMs: 40,
        retry: { maxAttempts: 1, byReason: { timed_out: { maxAttempts: 2, initialDelayMs: 1 } } },
      },
    ),
  )
  expect(await fixture.run(await fixture.workspace(), { kind: 'scripted', input })).toMatchObject({
    status: 'completed',
    output: 'quick',
  })
})

test('a failure can be caught, and the run goes another way', async () => {
  const input = define(async (run) => {
    try {
      await run.step('risky', async () =>
        Promise.reject(Object.assign(new Error('boom'), { code: 'E_BOOM', details: { at: 1 } })),
      )
    } catch (error) {
      if (error instanceof StepFailed)
        return { code: error.code, details: error.details, message: error.message }
    }
    return undefined
  })
  expect(await fixture.run(await fixture.workspace(), { kind: 'scripted', input })).toMatchObject({
    status: 'completed',
    output: { code: 'E_BOOM', details: { at: 1 }, message: 'boom' },
  })
})

test('a dead letter is replayed from the step that failed', async () => {
  const scope = await fixture.workspace()
  let isDown = true
  const effects: string[] = []
  const input = define(async (run) => {
    await run.step('first', async () => void effects.push('first'))
    return await run.step('second', async (step) => {
      effects.push(`second ${step.attempt}`)
      if (isDown) throw new Error('the service is down')
      return 'delivered'
    })
  })
  const dead = await fixture.run(scope, { kind: 'scripted', input })
  expect(dead).toMatchObject({
    status: 'dead',
    error: { code: 'Error', message: 'the service is down' },
  })
  isDown = false
  await fixture.db.scoped(scope, (tx) => fixture.engine.replay(tx, scope, dead.id))
  await fixture.engine.idle()
  expect(await fixture.find(scope, dead.id)).toMatchObject({
    status: 'completed',
    output: 'delivered',
    error: null,
  })
  expect(effects).toEqual(['first', 'second 1', 'second 2'])
  await expect(
    fixture.db.scoped(scope, (tx) => fixture.engine.replay(tx, scope, dead.id)),
  ).rejects.toMatchObject({ code: 'wrong_state' })
})

test('a run that died between its steps is replayed from there', async () => {
  const scope = await fixture.workspace()
  let isBroken = true
  let effects = 0
  const input = define(async (run) => {
    const value = await run.step('only', async () => ++effects)
    if (isBroken) throw new Error('a defect of the code')
    return value
  })
  const dead = await fixture.run(scope, { kind: 'scripted', input })
  expect(dead.status).toBe('dead')
  isBroken = false
  await fixture.db.scoped(scope, (tx) => fixture.engine.replay(tx, scope, dead.id))
  await fixture.engine.idle()
  expect(await fixture.find(scope, dead.id)).toMatchObject({ status: 'completed', output: 1 })
})

test('a fork takes over the steps before the cut and executes the rest anew', async () => {
  const scope = await fixture.workspace()
  const effects: string[] = []
  const input = define(async (run) => {
    await run.step('a', async () => void effects.push('a'))
    const choice = await run.wait('choice')
    const b = await run.step('b', async () => effects.push('b'))
    return { choice, b }
  })
  const first = await fixture.start(scope, { kind: 'scripted', input })
  await expect(
    fixture.db.scoped(scope, (tx) => fixture.engine.fork(tx, scope, first, { fromStep: 1 })),
  ).rejects.toMatchObject({ code: 'wrong_state' })
  await fixture.signal(scope, first, 'choice', 'left')
  await fixture.settled(scope, first)
  const fork = await fixture.db.scoped(scope, (tx) =>
    fixture.engine.fork(tx, scope, first, { fromStep: 'b' }),
  )
  expect(await fixture.settled(scope, fork)).toMatchObject({
    status: 'completed',
    forkedFrom: first,
    output: { choice: 'left', b: 3 },
  })
  expect(effects).toEqual(['a', 'b', 'b'])
  expect((await fixture.steps(scope, fork)).map((step) => [step.name, step.status])).toEqual([
    ['a', 'completed'],
    ['wait:choice', 'completed'],
    ['b', 'completed'],
  ])
  await expect(
    fixture.db.scoped(scope, (tx) => fixture.engine.fork(tx, scope, first, { fromStep: 'z' })),
  ).rejects.toMatchObject({ code: 'invalid_input' })
})

test('a workspace has as many queued runs going as its limit says, by priority, and a wait gives its slot to another', async () => {
  const scope = await fixture.workspace()
  await fixture.db.scoped(scope, (tx) => fixture.engine.setConcurrency(tx, scope, 1))
  const order: string[] = []
  const gates = { first: createGate(), urgent: createGate() }
  const body = (name: string, work: (run: RunContext) => Promise<unknown>) =>
    define(async (run) => {
      await run.step('begin', async () => void order.push(name))
      await work(run)
    })
  const first = await fixture.start(scope, {
    kind: 'queued',
    input: body('first', async (run) => {
      await run.step('hold', () => gates.first.opened)
      await run.wait('person')
      await run.step('end', async () => void order.push('first goes on'))
    }),
  })
  await fixture.settled(scope, first, ['running'])
  const normal = await fixture.start(scope, {
    kind: 'queued',
    input: body('normal', async () => {}),
  })
  const urgent = await fixture.start(scope, {
    kind: 'queued',
    priority: 1,
    input: body('urgent', (run) => run.step('hold', () => gates.urgent.opened)),
  })
  expect((await fixture.find(scope, urgent)).status).toBe('queued')
  gates.first.open()
  await fixture.settled(scope, first, ['waiting'])
  await fixture.settled(scope, urgent, ['running'])
  // The slot is taken: the answered run stands in line, and before the fresh one of the same priority.
  await fixture.signal(scope, first, 'person', 'yes')
  await fixture.settled(scope, first, ['queued'])
  gates.urgent.open()
  for (const id of [first, normal, urgent])
    expect((await fixture.settled(scope, id)).status).toBe('completed')
  expect(order).toEqual(['first', 'urgent', 'first goes on', 'normal'])
})

test('parallel steps keep their places', async () => {
  const scope = await fixture.workspace()
  const gate = createGate()
  const input = define(async (run) =>
    Promise.all([
      run.step('slow', async () => (await gate.opened, 'slow')),
      run.step('quick', async () => (gate.open(), 'quick')),
    ]),
  )
  const run = await fixture.run(scope, { kind: 'scripted', input })
  expect(run.output).toEqual(['slow', 'quick'])
  expect((await fixture.steps(scope, run.id)).map((step) => step.name)).toEqual(['slow', 'quick'])
})

test('a run keeps logs and artifacts, small and large', async () => {
  const scope = await fixture.workspace()
  const large = Buffer.alloc(200_000, 'x')
  const input = define(async (run) => {
    await run.log('begins', { n: 1 })
    return await run.step('make', async (step) => {
      await run.log('inside')
      const small = await step.artifact('out.txt', 'text/plain', 'first')
      await step.artifact('large.bin', 'application/octet-stream', large)
      return [small, await step.artifact('out.txt', 'text/plain', 'second')]
    })
  })
  const run = await fixture.run(scope, { kind: 'scripted', input })
  expect(
    (await fixture.events(run.id))
      .filter((event) => event.type === 'run.log')
      .map((event) => event.payload),
  ).toEqual([{ message: 'begins', data: { n: 1 } }, { message: 'inside' }])
  const artifacts = await fixture.db.scoped(scope, (tx) => listArtifacts(tx, scope, run.id))
  expect(artifacts).toMatchObject([
    { name: 'large.bin', sizeBytes: 200_000 },
    { name: 'out.txt', sizeBytes: 6, contentType: 'text/plain' },
  ])
  const read = (id: string) =>
    fixture.db.scoped(scope, (tx) => fixture.engine.artifacts.read(tx, scope, id))
  expect(Buffer.from((await read(artifacts[0]!.id)).content).equals(large)).toBe(true)
  expect(Buffer.from((await read(artifacts[1]!.id)).content).toString()).toBe('second')
  const other = await fixture.workspace()
  await expect(
    fixture.db.scoped(other, (tx) => fixture.engine.artifacts.read(tx, other, artifacts[0]!.id)),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('runs are listed newest first in pages, for their own workspace only', async () => {
  const scope = await fixture.workspace()
  const input = define(async () => null)
  const ids: RunId[] = []
  for (let n = 0; n < 5; n++)
    ids.unshift((await fixture.run(scope, { kind: 'scripted', input })).id)
  const first = await fixture.db.scoped(scope, (tx) => listRuns(tx, scope, { limit: 3 }))
  const second = await fixture.db.scoped(scope, (tx) =>
    listRuns(tx, scope, { limit: 3, cursor: first.nextCursor! }),
  )
  expect([...first.items, ...second.items].map((run) => run.id)).toEqual(ids)
  expect(second.nextCursor).toBeUndefined()
  expect(
    (await fixture.db.scoped(scope, (tx) => listRuns(tx, scope, { statuses: ['failed'] }))).items,
  ).toEqual([])
  const other = await fixture.workspace()
  expect((await fixture.db.scoped(other, (tx) => listRuns(tx, other))).items).toEqual([])
  await expect(
    fixture.db.scoped(other, (tx) => fixture.engine.cancel(tx, other, ids[0]!, 'x')),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('steps do not nest', async () => {
  const run = await fixture.run(await fixture.workspace(), {
    kind: 'scripted',
    input: define((context) => context.step('outer', () => context.step('inner', async () => 1))),
  })
  expect(run).toMatchObject({
    status: 'dead',
    error: { message: expect.stringContaining('do not nest') },
  })
})

test('a worker stands in the list of workers with its roles', async () => {
  const scope = await fixture.workspace()
  expect(await fixture.db.scoped(scope, listWorkers)).toMatchObject([
    {
      id: fixture.engine.workerId,
      status: 'alive',
      roles: ['worker'],
      version: 'test',
      pid: process.pid,
    },
  ])
})
