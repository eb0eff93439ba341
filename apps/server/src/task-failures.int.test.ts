import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

test('at its turn limit a task is interrupted with what it has, and goes on when told to', async () => {
  const { client } = bench
  await client.settings.update({ maxTurns: 1 })
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'), { text: 'Done.' })
  const task = await bench.run(repository, 'Change it', ['interrupted'])
  expect(task).toMatchObject({
    failure: { code: 'turn_limit' },
    actions: { continue: true, cancel: true, retry: true },
  })
  await client.tasks.continue({ taskId: task.id })
  const shown = await untilTask(client, task, ['waiting_approval'])
  expect(shown).toMatchObject({ failure: null, change: { files: 1 } })
  await client.settings.update({ maxTurns: 100 })
})

test('a provider that refuses the key interrupts the task with a typed code; continued, it goes on', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(
    writes('a.txt', 'second\n'),
    { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
    { text: 'Done.' },
  )
  const task = await bench.run(repository, 'Change it', ['interrupted'])
  expect(task.failure).toMatchObject({ code: 'provider_auth' })
  expect(task.failure!.message).toContain('invalid x-api-key')
  await client.tasks.continue({ taskId: task.id })
  expect((await untilTask(client, task, ['waiting_approval'])).change!.files).toBe(1)
})

test('an overloaded provider is asked again by itself', async () => {
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(
    {
      status: 529,
      type: 'overloaded_error',
      message: 'Overloaded',
      headers: { 'retry-after': '0' },
    },
    writes('a.txt', 'second\n'),
  )
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  expect(task.failure).toBeNull()
})

test('a merge in progress fails the task before anything is touched; continued after it, the task runs', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  const session = await bench.run(repository, 'Nothing', ['completed'])
  const head = git(repository.path, 'rev-parse', 'HEAD')
  writeFileSync(join(repository.path, '.git', 'MERGE_HEAD'), `${head}\n`)
  bench.say(writes('a.txt', 'second\n'))
  const task = await untilTask(
    client,
    await client.tasks.create({ sessionId: session.sessionId, prompt: 'Change it' }),
    ['failed'],
  )
  expect(task.failure).toMatchObject({ code: 'repository_busy' })
  git(repository.path, 'merge', '--abort')
  await client.tasks.continue({ taskId: task.id })
  expect((await untilTask(client, task, ['waiting_approval'])).change!.files).toBe(1)
})

test('a sandbox that commands cannot be run in says so by its code', async () => {
  const { client } = bench
  const repository = await bench.addRepository(
    { 'a.txt': 'first\n' },
    { check: 'no-such-command-anywhere' },
  )
  bench.say(writes('a.txt', 'second\n'), { text: 'Done.' }, { text: 'Still done.' })
  await client.settings.update({ maxFixRounds: 0 })
  const task = await bench.run(repository, 'Change it', ['qa_failed'])
  expect(task.gates[0]).toMatchObject({
    status: 'failed',
    exitCode: 127,
    problem: 'The command was not found inside the sandbox.',
  })
})
