import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilEvent, untilTask } from './testing/follow.ts'
import { git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const inPlace = { mode: 'in_place' } as const

test('a second task in the same checkout is told who works there, and goes on once that one is decided', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n', 'b.txt': 'b\n' })
  bench.say(writes('a.txt', 'one\n'))
  const holder = await bench.run(repository, 'The first', ['waiting_approval'], inPlace)
  const refused = await bench.run(repository, 'The second', ['failed'], inPlace)
  expect(refused.failure).toMatchObject({
    code: 'repository_busy',
    message: expect.stringContaining('Task 1 of the session “The first” works in this checkout'),
  })
  expect(refused.actions).toMatchObject({ continue: true })
  // The first one's edit is nobody's but its own: rejecting it puts the user's file back.
  await client.tasks.reject({ taskId: holder.id })
  await untilEvent(client, `session:${holder.sessionId}`, (event) =>
    event.type === 'task.changed' &&
    event.payload.status === 'rejected' &&
    event.payload.detail === ''
      ? true
      : undefined,
  )
  expect(readFileSync(join(repository.path, 'a.txt'), 'utf8')).toBe('first\n')
  bench.say(writes('b.txt', 'two\n'))
  await client.tasks.continue({ taskId: refused.id })
  const review = await untilTask(client, refused, ['waiting_approval'])
  await client.tasks.approve({ taskId: review.id })
  await untilTask(client, review, ['completed'])
  expect(git(repository.path, 'show', 'main:b.txt')).toBe('two')
  expect(git(repository.path, 'show', 'main:a.txt')).toBe('first')
  // Free again, also after a task that changes nothing.
  bench.say({ text: 'Nothing to do.' })
  await bench.run(repository, 'Look', ['completed'], inPlace)
  bench.say({ text: 'Nothing to do.' })
  await bench.run(repository, 'Look again', ['completed'], inPlace)
})

test('a rejection is not undone into a checkout where another task works, and nothing of that one is lost', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n', 'b.txt': 'b\n' })
  const file = (name: string) => readFileSync(join(repository.path, name), 'utf8')
  bench.say(writes('a.txt', 'one\n'))
  const rejected = await bench.run(repository, 'The first', ['waiting_approval'], inPlace)
  await client.tasks.reject({ taskId: rejected.id })
  await expect.poll(async () => (await client.tasks.get({ taskId: rejected.id })).detail).toBe('')
  bench.say(writes('b.txt', 'two\n'))
  const holder = await bench.run(repository, 'The second', ['waiting_approval'], inPlace)
  await expect(client.tasks.undoReject({ taskId: rejected.id })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('of the session “The second” works in this checkout'),
  })
  expect((await client.tasks.get({ taskId: rejected.id })).status).toBe('rejected')
  expect([file('a.txt'), file('b.txt')]).toEqual(['first\n', 'two\n'])
  await client.tasks.approve({ taskId: holder.id })
  await untilTask(client, holder, ['completed'])
  // What the user wrote since then is the user's own, not what the first task had recorded.
  writeFileSync(join(repository.path, 'b.txt'), 'mine\n')
  bench.say(writes('a.txt', 'three\n'))
  const last = await bench.run(repository, 'The third', ['waiting_approval'], inPlace)
  await client.tasks.cancel({ taskId: last.id })
  await expect.poll(async () => (await client.tasks.get({ taskId: last.id })).detail).toBe('')
  expect([file('a.txt'), file('b.txt')]).toEqual(['first\n', 'mine\n'])
})

test('many tasks at once in one checkout: one works, the others are told', async () => {
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'one\n'))
  const tasks = await Promise.all(
    Array.from({ length: 3 }, (_, index) =>
      bench.run(repository, `Number ${index}`, ['waiting_approval', 'failed'], inPlace),
    ),
  )
  expect(tasks.map(({ failure }) => failure?.code ?? 'works').sort()).toEqual([
    'repository_busy',
    'repository_busy',
    'works',
  ])
})

test('a merge waits for the task that works in the checkout which would have to follow', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n', 'b.txt': 'b\n' })
  bench.say(writes('b.txt', 'two\n'))
  const isolated = await bench.run(repository, 'Beside', ['waiting_approval'])
  await client.tasks.approve({ taskId: isolated.id })
  await untilTask(client, isolated, ['completed'])
  bench.say(writes('a.txt', 'one\n'))
  const holder = await bench.run(repository, 'Within', ['waiting_approval'], inPlace)
  const landed = (taskId: string, merge: string) =>
    untilEvent(client, `session:${isolated.sessionId}`, (event) =>
      event.type === 'landing.changed' &&
      event.payload.taskId === taskId &&
      event.payload.landing.merge === merge
        ? event.payload.landing
        : undefined,
    )
  await client.tasks.merge({ taskId: isolated.id })
  expect((await landed(isolated.id, 'failed')).problem).toContain('of the session “Within” works')
  await client.tasks.approve({ taskId: holder.id })
  await untilTask(client, holder, ['completed'])
  await client.tasks.merge({ taskId: isolated.id })
  await landed(isolated.id, 'merged')
  expect(readFileSync(join(repository.path, 'b.txt'), 'utf8')).toBe('two\n')
  expect(readFileSync(join(repository.path, 'a.txt'), 'utf8')).toBe('one\n')
})
