import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStream, untilTask } from './testing/follow.ts'
import { openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const today = () => new Date().toISOString().slice(0, 10)
const summary = (more: Partial<Parameters<Workbench['client']['usage']['summary']>[0]> = {}) =>
  bench.client.usage.summary({ from: today(), to: today(), ...more })

test('every call of a model is counted once: by day, person, repository, model and session', async () => {
  const { client } = bench
  expect((await summary()).totals).toMatchObject({ calls: 0, costMicros: 0 })
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'one\n'), { text: 'Done.' })
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  const events = await readStream(client, `session:${task.sessionId}`)
  const calls = events.flatMap((event) => (event.type === 'usage.added' ? [event.payload] : []))
  // Two turns, and the message of the commit.
  expect(calls).toHaveLength(3)
  const { totals, days, people, repositories, models, dearestSessions, budget } = await summary()
  const sum = (pick: (call: (typeof calls)[number]) => number) =>
    calls.reduce((total, call) => total + pick(call), 0)
  const expected = {
    calls: 3,
    inputTokens: sum((call) => call.inputTokens),
    outputTokens: sum((call) => call.outputTokens),
    costMicros: sum((call) => call.costMicros!),
    callsWithoutPrice: 0,
  }
  expect(totals).toMatchObject(expected)
  expect(totals.costMicros).toBeGreaterThan(0)
  expect(task).toMatchObject({ costMicros: expected.costMicros, turns: 3 })
  expect(days).toMatchObject([{ day: today(), ...expected }])
  expect(people).toMatchObject([{ name: task.createdBy.name, ...expected }])
  expect(repositories).toMatchObject([{ id: repository.id, ...expected }])
  expect(models).toMatchObject([{ modelId: 'claude-sonnet-4-5', ...expected }])
  expect(dearestSessions).toMatchObject([{ sessionId: task.sessionId, ...expected }])
  expect(budget).toMatchObject({
    limitMicros: 0,
    spentMicros: expected.costMicros,
    callsWithoutPrice: 0,
  })

  const other = await bench.addRepository({ 'a.txt': 'first\n' })
  expect((await summary({ repositoryId: other.id })).totals.calls).toBe(0)
  expect((await summary({ repositoryId: repository.id })).totals.calls).toBe(3)
  expect((await summary({ modelId: 'another' })).totals.calls).toBe(0)
  expect((await summary({ personId: people[0]!.id })).totals.calls).toBe(3)
  // What was spent stays spent.
  await client.tasks.cancel({ taskId: task.id })
  await expect.poll(async () => (await client.tasks.get({ taskId: task.id })).detail).toBe('')
  await client.sessions.remove({ sessionId: task.sessionId })
  const later = await summary()
  expect(later.totals).toMatchObject(expected)
  expect(later.dearestSessions).toEqual([])
})

test('days begin where the person is, and every day of the range is there', async () => {
  const day = (offset: number) =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const range = { from: day(-3), to: day(1) }
  const all = await summary(range)
  expect(all.days).toHaveLength(5)
  // The same calls, on one day or the next, whatever is the date there.
  for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Niue', 'Europe/Vienna']) {
    const { days, totals } = await summary({ ...range, timeZone })
    expect(totals.calls).toBe(all.totals.calls)
    const there = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date())
    expect(days.find(({ calls }) => calls > 0)?.day).toBe(there)
  }
})

test('a range that is no range is refused, with the field', async () => {
  await expect(summary({ from: '2026-02-30' })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(summary({ from: '2026-02-02', to: '2026-02-01' })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(summary({ from: '2024-01-01', to: '2026-01-01' })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(summary({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({
    code: 'invalid_input',
  })
})

test('once the month’s budget is spent no model is called, and more of it lets the task go on', async () => {
  const { client } = bench
  await client.settings.update({ monthlyBudgetMicros: 1 })
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'one\n'), { text: 'Done.' })
  const asked = bench.provider.requests.length
  const task = await bench.run(repository, 'Change it', ['interrupted'])
  expect(task.failure).toMatchObject({
    code: 'cost_limit',
    message: expect.stringContaining('budget for this month'),
  })
  expect(bench.provider.requests.length).toBe(asked)
  await client.settings.update({ monthlyBudgetMicros: 1_000_000_000 })
  await client.tasks.continue({ taskId: task.id })
  await untilTask(client, task, ['waiting_approval'])
  expect((await summary()).budget.limitMicros).toBe(1_000_000_000)
})
