import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilEvent, untilTask } from './testing/follow.ts'
import { mountsBelow, processesNaming, workingTrees } from './testing/leftovers.ts'
import { calls, git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** Resolves when an ended task has let go of its files. */
const untilReleased = (sessionId: string, status: string) =>
  untilEvent(bench.client, `session:${sessionId}`, (event) =>
    event.type === 'task.changed' && event.payload.status === status && event.payload.detail === ''
      ? true
      : undefined,
  )

test('a task that changes nothing is completed without a commit', async () => {
  const repository = await bench.addRepository({ 'a.txt': 'first\n' }, { check: 'false' })
  bench.say({ text: 'There is nothing to do.' })
  const task = await bench.run(repository, 'Look at it', ['completed'])
  expect(task).toMatchObject({ commit: null, change: null, gates: [], failure: null })
  expect(git(repository.path, 'branch', '--list').split('\n')).toEqual(['* main'])
})

test('a rejection puts the files back, its reason reaches the next prompt, and it can be undone', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  await client.tasks.reject({ taskId: task.id, reason: 'Say third instead.', useAsContext: true })
  await untilReleased(task.sessionId, 'rejected')
  expect(await workingTrees(bench.server.machine.data)).not.toContain(`sessions/${task.sessionId}`)
  const rejected = await client.tasks.get({ taskId: task.id })
  expect(rejected).toMatchObject({
    status: 'rejected',
    rejectReason: 'Say third instead.',
    actions: { undoReject: true },
  })
  await client.tasks.undoReject({ taskId: task.id })
  const back = await untilTask(client, task, ['waiting_approval'])
  expect(back.change!.treeId).toBe(task.change!.treeId)
  await client.tasks.reject({ taskId: task.id, reason: 'Say third instead.', useAsContext: true })
  bench.say(calls(['read_file', { path: 'a.txt' }]), writes('a.txt', 'third\n'))
  const next = await untilTask(
    client,
    await client.tasks.create({ sessionId: task.sessionId, prompt: 'Try again' }),
    ['waiting_approval'],
  )
  const requests = bench.asked().slice(-3)
  expect(requests[0]!.bodyText).toContain('Say third instead.')
  expect(requests[1]!.bodyText).toContain('first')
  expect(await readPatch(next.id)).toContain('-first\n+third')
  await client.tasks.approve({ taskId: next.id })
  bench.say({ text: 'Nothing to do.' })
  await untilTask(
    client,
    await client.tasks.create({ sessionId: task.sessionId, prompt: 'And now' }),
    ['completed'],
  )
  expect(bench.asked().at(-1)!.bodyText.split('Say third instead.')).toHaveLength(2)
})

const readPatch = async (taskId: string): Promise<string> =>
  (await bench.client.review.patch({ taskId: taskId as never, path: 'a.txt' })).patch ?? ''

test('a task whose agent runs a command for ever is cancelled with its processes and its files', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  const marker = '7418529631'
  bench.say(
    writes('a.txt', 'half\n'),
    calls(['run_command', { command: `(sleep ${marker} &) ; sleep ${marker}` }]),
  )
  const { task } = await client.sessions.create({
    repositoryId: repository.id,
    prompt: 'Wait',
    mode: 'isolated',
    modelId: 'claude-sonnet-4-5',
  })
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'tool.started' && event.payload.name === 'run_command' ? true : undefined,
  )
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  const look = setInterval(
    () =>
      void processesNaming(`sleep\0${marker}`).then((found) =>
        found.length >= 2 ? resolve() : undefined,
      ),
    50,
  )
  await seen
  clearInterval(look)
  const cancelled = await client.tasks.cancel({ taskId: task.id })
  expect(cancelled.status).toBe('cancelled')
  await untilReleased(task.sessionId, 'cancelled')
  expect(await processesNaming(`sleep\0${marker}`)).toEqual([])
  expect(await workingTrees(bench.server.machine.data)).not.toContain(`sessions/${task.sessionId}`)
  expect(await mountsBelow(`${bench.server.machine.data}/sessions/${task.sessionId}`)).toEqual([])
  expect(readFileSync(`${repository.path}/a.txt`, 'utf8')).toBe('first\n')
  bench.say(writes('a.txt', 'second\n'))
  const again = await untilTask(client, await client.tasks.retry({ taskId: task.id }), [
    'waiting_approval',
  ])
  expect(await readPatch(again.id)).toContain('-first\n+second')
})

test('the queue of a session runs in order, waits while the session is paused, and goes on', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const first = await bench.run(repository, 'One', ['waiting_approval'])
  const second = await client.tasks.create({ sessionId: first.sessionId, prompt: 'Two' })
  const third = await client.tasks.create({ sessionId: first.sessionId, prompt: 'Three' })
  expect((await client.tasks.get({ taskId: second.id })).status).toBe('pending')
  await client.sessions.pause({ sessionId: first.sessionId })
  await client.tasks.approve({ taskId: first.id })
  await untilTask(client, first, ['completed'])
  await bench.server.server.engine.idle()
  expect((await client.tasks.get({ taskId: second.id })).status).toBe('pending')
  bench.say({ text: 'Done.' }, writes('a.txt', 'third\n'))
  await client.tasks.updateQueued({ taskId: third.id, position: 0 })
  await client.sessions.resume({ sessionId: first.sessionId })
  await untilTask(client, third, ['completed'])
  const last = await untilTask(client, second, ['waiting_approval'])
  expect(await readPatch(last.id)).toContain('-second\n+third')
  await client.tasks.approve({ taskId: last.id })
  const { branch } = await untilTask(client, last, ['completed'])
  expect(git(repository.path, 'rev-list', '--count', `main..${branch}`)).toBe('2')
})

test('a task queued behind one that is rejected or cancelled starts only when the files are back', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const first = await bench.run(repository, 'One', ['waiting_approval'])
  bench.say(writes('b.txt', 'other\n'))
  const [, second] = await Promise.all([
    client.tasks.reject({ taskId: first.id }),
    client.tasks.create({ sessionId: first.sessionId, prompt: 'Two' }),
  ])
  const shown = await untilTask(client, second, ['waiting_approval'])
  expect(
    (await client.review.changes({ taskId: second.id })).files.map(({ path }) => path),
  ).toEqual(['b.txt'])
  bench.say(writes('c.txt', 'third\n'))
  await client.tasks.cancel({ taskId: shown.id })
  const third = await untilTask(
    client,
    await client.tasks.create({ sessionId: first.sessionId, prompt: 'Three' }),
    ['waiting_approval'],
  )
  expect((await client.review.changes({ taskId: third.id })).files.map(({ path }) => path)).toEqual(
    ['c.txt'],
  )
})
