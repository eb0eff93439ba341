import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '@sluice/contract/repository'
import type { Task } from '@sluice/contract/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilEvent, untilTask } from './testing/follow.ts'
import { commitAll, git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const lines = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n'

async function commit(task: Task): Promise<Task> {
  await bench.client.tasks.approve({ taskId: task.id, treeId: task.change!.treeId })
  return untilTask(bench.client, task, ['completed'])
}

/** Waits for the outcome of the newest landing. */
function landed(
  task: Task,
  isEnd: (landing: Task['landing']) => boolean,
): Promise<Task['landing']> {
  return untilEvent(bench.client, `session:${task.sessionId}`, (event) =>
    event.type === 'landing.changed' && isEnd(event.payload.landing)
      ? event.payload.landing
      : undefined,
  )
}

/** A first task that is committed, and a second one of the same session under review. */
async function secondTask(
  repository: Repository,
  second: [path: string, text: string],
): Promise<Task> {
  bench.say(writes('a.txt', lines.replace('one', 'ONE')))
  const first = await commit(await bench.run(repository, 'First', ['waiting_approval']))
  bench.say(writes(...second))
  return untilTask(
    bench.client,
    await bench.client.tasks.create({ sessionId: first.sessionId, prompt: 'Second' }),
    ['waiting_approval'],
  )
}

/** Commits on the session's branch as its user would, from a worktree of their own. */
function commitOutside(repository: Repository, branch: string, path: string, text: string): string {
  const folder = join(
    bench.server.machine.work,
    `outside-${git(repository.path, 'worktree', 'list').split('\n').length}-${repository.id}`,
  )
  git(repository.path, 'worktree', 'add', '--quiet', folder, branch)
  writeFileSync(join(folder, path), text)
  const made = commitAll(folder, 'Outside')
  git(repository.path, 'worktree', 'remove', folder)
  return made
}

test('a branch that moved meanwhile is merged, and the merged tree goes through the gates before it is committed', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': lines }, { check: 'test -e a.txt' })
  const task = await secondTask(repository, [
    'a.txt',
    lines.replace('one', 'ONE').replace('eight', 'EIGHT'),
  ])
  const outside = commitOutside(repository, task.branch!, 'b.txt', 'outside\n')
  await client.tasks.approve({ taskId: task.id, treeId: task.change!.treeId })
  const again = await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'task.changed' &&
    event.payload.taskId === task.id &&
    event.payload.status === 'waiting_approval' &&
    event.payload.round === 1
      ? true
      : undefined,
  ).then(() => client.tasks.get({ taskId: task.id }))
  expect(again.change!.treeId).not.toBe(task.change!.treeId)
  expect(again.change!.baseCommit).toBe(outside)
  expect(
    again.gates.map(({ status, treeId }) => [status, treeId === again.change!.treeId]),
  ).toEqual([['passed', true]])
  const done = await commit(again)
  expect(git(repository.path, 'rev-parse', `${done.branch}^`)).toBe(outside)
  expect(git(repository.path, 'rev-parse', `${done.branch}^{tree}`)).toBe(again.change!.treeId)
  expect(git(repository.path, 'show', `${done.branch}:a.txt`)).toContain('EIGHT')
  expect(git(repository.path, 'show', `${done.branch}:b.txt`)).toBe('outside')
})

test('where both changed the same lines the commit is refused by its code and can be asked for again', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': lines })
  const task = await secondTask(repository, ['a.txt', lines.replace('one', 'uno')])
  const before = git(repository.path, 'rev-parse', task.branch!)
  commitOutside(repository, task.branch!, 'a.txt', lines.replace('one', 'eins'))
  await client.tasks.approve({ taskId: task.id })
  const failure = await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'task.changed' && event.payload.taskId === task.id
      ? (event.payload.failure ?? undefined)
      : undefined,
  )
  expect(failure.code).toBe('merge_conflict')
  expect(await client.tasks.get({ taskId: task.id })).toMatchObject({
    status: 'approved',
    actions: { commit: true },
  })
  git(repository.path, 'update-ref', `refs/heads/${task.branch}`, before)
  await client.tasks.commit({ taskId: task.id })
  const done = await untilTask(client, task, ['completed'])
  expect(git(repository.path, 'rev-parse', `${done.branch}^`)).toBe(before)
})

test('a commit is merged into its base by fast-forward, checkout included', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const shown = await bench.run(repository, 'Change it', ['waiting_approval'])
  await client.tasks.approve({ taskId: shown.id, then: 'merge' })
  const task = await untilTask(client, shown, ['completed'])
  expect(await landed(task, ({ merge }) => merge !== 'none')).toMatchObject({
    merge: 'merged',
    problem: null,
  })
  expect(git(repository.path, 'rev-parse', 'main')).toBe(task.commit)
  expect(readFileSync(join(repository.path, 'a.txt'), 'utf8')).toBe('second\n')
  expect(git(repository.path, 'status', '--porcelain')).toBe('')
})

test('a merge that would touch what the user edits is refused, and their files stay', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const task = await commit(await bench.run(repository, 'Change it', ['waiting_approval']))
  writeFileSync(join(repository.path, 'a.txt'), 'mine\n')
  const before = git(repository.path, 'rev-parse', 'main')
  await client.tasks.merge({ taskId: task.id })
  const landing = await landed(task, ({ merge }) => merge !== 'none')
  expect(landing.merge).toBe('failed')
  expect(landing.problem).toContain('a.txt')
  expect(readFileSync(join(repository.path, 'a.txt'), 'utf8')).toBe('mine\n')
  expect(git(repository.path, 'rev-parse', 'main')).toBe(before)
  git(repository.path, 'checkout', '--quiet', '--', 'a.txt')
  await client.tasks.merge({ taskId: task.id })
  expect(await landed(task, ({ merge }) => merge === 'merged')).toMatchObject({ problem: null })
})

test('a branch is pushed to its remote, and the commit is reverted by another one', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  const remote = join(bench.server.machine.work, 'remote.git')
  bench.say(writes('a.txt', 'second\n'))
  const task = await commit(await bench.run(repository, 'Change it', ['waiting_approval']))
  await expect(client.tasks.push({ taskId: task.id })).rejects.toMatchObject({
    code: 'wrong_state',
  })
  git(repository.path, 'remote', 'add', 'origin', remote)
  await client.repositories.refresh({ repositoryId: repository.id })
  await client.tasks.push({ taskId: task.id })
  expect(await landed(task, ({ push }) => push === 'failed')).toMatchObject({
    problem: expect.stringContaining(remote),
  })
  git(repository.path, 'init', '--quiet', '--bare', remote)
  await client.tasks.push({ taskId: task.id })
  await landed(task, ({ push }) => push === 'pushed')
  expect(git(remote, 'rev-parse', task.branch!)).toBe(task.commit)
  await client.tasks.revert({ taskId: task.id })
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'notice' && event.payload.text.startsWith('Reverted') ? true : undefined,
  )
  expect(git(repository.path, 'rev-parse', `${task.branch}^`)).toBe(task.commit)
  expect(git(repository.path, 'rev-parse', `${task.branch}^{tree}`)).toBe(
    git(repository.path, 'rev-parse', 'main^{tree}'),
  )
})
