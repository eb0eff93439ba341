import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStream, untilTask } from './testing/follow.ts'
import { git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

test('after going back to a checkpoint the next task begins from it, whatever is sent when', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n', 'b.txt': 'b\n' })
  bench.say(writes('a.txt', 'one\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  const [checkpoint] = (await client.sessions.checkpoints({ sessionId: task.sessionId })).items
  const restore = () =>
    client.sessions.restore({ sessionId: task.sessionId, checkpointId: checkpoint!.id })
  await expect(restore()).rejects.toMatchObject({ code: 'wrong_state' })
  await client.tasks.reject({ taskId: task.id, reason: 'Not yet.', useAsContext: true })
  await untilTask(client, task, ['rejected'])
  await expect.poll(async () => (await client.tasks.get({ taskId: task.id })).detail).toBe('')
  const { lastActivity } = await client.sessions.get({ sessionId: task.sessionId })
  expect(lastActivity).toBe('Rejected')
  await restore()
  const notices = (await readStream(client, `session:${task.sessionId}`)).filter(
    ({ type }) => type === 'notice',
  )
  expect(notices.at(-1)?.payload).toMatchObject({
    text: `The next task begins from: ${checkpoint!.label}.`,
  })
  // Sent in the same moment: there is nothing that it could overtake.
  bench.say(writes('b.txt', 'two\n'), { text: 'Done.' })
  const next = await untilTask(
    client,
    await client.tasks.create({ sessionId: task.sessionId, prompt: 'And the other file' }),
    ['waiting_approval'],
  )
  const { files } = await client.review.changes({ taskId: next.id })
  expect(files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
  const asked = bench.asked().at(-1)!.bodyText
  expect(asked).toContain('Not yet.')
  expect(asked).toContain('put back to an earlier state (Task 1, first change)')
  await client.tasks.approve({ taskId: next.id, treeId: next.change!.treeId })
  const done = await untilTask(client, next, ['completed'])
  expect(git(repository.path, 'show', `${done.branch}:a.txt`)).toBe('one')
  // Taken once: what follows begins from the commit.
  bench.say({ text: 'Nothing to do.' })
  await untilTask(
    client,
    await client.tasks.create({ sessionId: task.sessionId, prompt: 'Look' }),
    ['completed'],
  )
})
