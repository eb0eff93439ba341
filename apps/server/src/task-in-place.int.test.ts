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

const lines = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n'
const inPlace = { mode: 'in_place' } as const

const untilReleased = (sessionId: string, status: string) =>
  untilEvent(bench.client, `session:${sessionId}`, (event) =>
    event.type === 'task.changed' && event.payload.status === status && event.payload.detail === ''
      ? true
      : undefined,
  )

/** A checkout with something staged, something edited and something untracked. */
async function editedCheckout() {
  const repository = await bench.addRepository({ 'a.txt': lines, 'b.txt': 'b\n' })
  const file = (name: string) => join(repository.path, name)
  writeFileSync(file('staged.txt'), 'staged\n')
  git(repository.path, 'add', 'staged.txt')
  writeFileSync(file('a.txt'), lines.replace('one', 'ONE'))
  writeFileSync(file('loose.txt'), 'loose\n')
  return { repository, file }
}

test('a commit in place holds the change of the agent alone; what the user staged and edited stays so', async () => {
  const { client } = bench
  const { repository, file } = await editedCheckout()
  const status = git(repository.path, 'status', '--porcelain=v1')
  bench.say(writes('a.txt', lines.replace('one', 'ONE').replace('eight', 'EIGHT')))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'], inPlace)
  const [patch] = [await client.review.patch({ taskId: task.id, path: 'a.txt' })]
  expect(patch.patch).toContain('-eight\n+EIGHT')
  expect(patch.patch).not.toContain('ONE')
  await client.tasks.approve({ taskId: task.id, treeId: task.change!.treeId })
  const done = await untilTask(client, task, ['completed'])
  expect(git(repository.path, 'rev-parse', 'main')).toBe(done.commit)
  expect(git(repository.path, 'rev-parse', 'main^{tree}')).toBe(task.change!.treeId)
  expect(git(repository.path, 'show', 'main:a.txt')).toBe(lines.replace('eight', 'EIGHT').trim())
  expect(git(repository.path, 'status', '--porcelain=v1')).toBe(status)
  expect(readFileSync(file('a.txt'), 'utf8')).toBe(
    lines.replace('one', 'ONE').replace('eight', 'EIGHT'),
  )
  expect(done.actions.merge).toBe(false)
})

test('where the agent changed what the user had edited the task fails by its code, and cancelling gives the files back', async () => {
  const { client } = bench
  const { repository, file } = await editedCheckout()
  const status = git(repository.path, 'status', '--porcelain=v1')
  bench.say(writes('a.txt', lines.replace('one', 'uno')))
  const task = await bench.run(repository, 'Change it', ['failed'], inPlace)
  expect(task).toMatchObject({
    failure: { code: 'overlaps_user_edits' },
    actions: { cancel: true },
  })
  const queued = await client.tasks.create({ sessionId: task.sessionId, prompt: 'Something else' })
  await bench.server.server.engine.idle()
  expect((await client.tasks.get({ taskId: queued.id })).status).toBe('pending')
  bench.say({ text: 'Nothing to do.' })
  await client.tasks.cancel({ taskId: task.id })
  await untilTask(client, queued, ['completed'])
  expect(readFileSync(file('a.txt'), 'utf8')).toBe(lines.replace('one', 'ONE'))
  expect(git(repository.path, 'status', '--porcelain=v1')).toBe(status)
})

test('a rejection in place can be undone while the user has not edited the same lines', async () => {
  const { client } = bench
  const { repository, file } = await editedCheckout()
  const changed = lines.replace('one', 'ONE').replace('eight', 'EIGHT')
  bench.say(writes('a.txt', changed))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'], inPlace)
  await client.tasks.reject({ taskId: task.id })
  await untilReleased(task.sessionId, 'rejected')
  expect(readFileSync(file('a.txt'), 'utf8')).toBe(lines.replace('one', 'ONE'))
  await client.tasks.undoReject({ taskId: task.id })
  const back = await untilTask(client, task, ['waiting_approval'])
  expect(back.change!.treeId).toBe(task.change!.treeId)
  expect(readFileSync(file('a.txt'), 'utf8')).toBe(changed)
  await client.tasks.approve({ taskId: task.id })
  await untilTask(client, task, ['completed'])
  expect(git(repository.path, 'rev-parse', 'main^{tree}')).toBe(task.change!.treeId)
})
