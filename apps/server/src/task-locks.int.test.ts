import type { Task, TaskStatus } from '@sluice/contract/task'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { openWorkbench, writes, type Workbench } from './testing/workbench.ts'

// A cancel locks the session, then its task. Whoever locked them the other way round would wait for it
// crosswise, and Postgres would break one of the two: a cancel that fails, or a run that ends as a dead letter.

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const someoneWaits = `select from pg_locks join pg_stat_activity using (pid)
  where not granted and datname = current_database()`

/**
 * Holds the session as a cancel does until another transaction waits for it, then takes the task and lets go of both.
 * @param act called when the session is held; once it has settled, nobody is waited for any more
 * @throws where the other transaction held the task already
 */
async function holdLikeCancel(
  { id, sessionId }: Pick<Task, 'id' | 'sessionId'>,
  act: () => Promise<unknown>,
): Promise<void> {
  const { db } = bench.server.database
  await db.system(async (tx) => {
    await tx.execute(sql`select from sessions where id = ${sessionId} for no key update`)
    let isSettled = false
    const settle = () => (isSettled = true)
    act().then(settle, settle)
    await expect
      .poll(async () => isSettled || (await db.querySystem(someoneWaits)).length > 0, {
        interval: 5,
      })
      .toBe(true)
    await tx.execute(sql`select from tasks where id = ${id} for no key update`)
  })
}

/** Lets one transaction after the other wait for the session, until the work has settled. */
async function disturb<T>(task: Pick<Task, 'id' | 'sessionId'>, work: Promise<T>): Promise<T> {
  let isSettled = false
  const settle = () => (isSettled = true)
  work.then(settle, settle)
  while (!isSettled) await holdLikeCancel(task, () => work)
  return work
}

test('no step of a run holds its task while it waits for the session', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' }, { look: 'cat a.txt' })
  bench.say(writes('a.txt', 'second\n'))
  const { task } = await client.sessions.create({
    repositoryId: repository.id,
    prompt: 'Change it',
    mode: 'isolated',
    modelId: 'claude-sonnet-4-5',
  })
  const { change } = await disturb(task, untilTask(client, task, ['waiting_approval']))
  await client.tasks.approve({ taskId: task.id, treeId: change!.treeId, then: 'merge' })
  const done = await disturb(task, untilTask(client, task, ['completed']))
  expect(done.failure).toBeNull()
})

test('nor does what a person decides', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'), { text: 'Done.' }, writes('a.txt', 'third\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  const { id: taskId } = task
  const review = 'waiting_approval'
  const doors: [string, TaskStatus, () => Promise<Task>][] = [
    ['the message', review, () => client.tasks.editMessage({ taskId, message: 'Another one' })],
    ['gates again', review, () => client.tasks.rerunGates({ taskId })],
    ['changes', review, () => client.tasks.requestChanges({ taskId, text: 'Third, please' })],
    ['a rejection', 'rejected', () => client.tasks.reject({ taskId })],
    ['its undoing', review, () => client.tasks.undoReject({ taskId })],
    ['an approval', 'approved', () => client.tasks.approve({ taskId, commit: false })],
    ['the commit', 'completed', () => client.tasks.commit({ taskId })],
  ]
  for (const [name, status, open] of doors) {
    let opened: Promise<Task> | undefined
    await holdLikeCancel(task, () => (opened = open()))
    await expect(opened, name).resolves.toMatchObject({ id: taskId })
    await untilTask(client, task, [status])
    // The files of a rejected one are put back first.
    if (status === 'rejected')
      await expect.poll(async () => (await client.tasks.get({ taskId })).detail).toBe('')
  }
})
