import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStream, untilTask } from './testing/follow.ts'
import {
  calls,
  draftedMessage,
  git,
  openWorkbench,
  writes,
  type Workbench,
} from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const isRight = { check: 'test "$(cat a.txt)" = right' }

test('a red gate is fed back, the mended change is reviewed, and its message can be edited', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' }, isRight)
  bench.say(
    writes('a.txt', 'wrong\n'),
    { text: 'I think that is it.' },
    writes('a.txt', 'right\n'),
    { text: 'Now it is.' },
  )
  const task = await bench.run(repository, 'Make it right', ['waiting_approval'])
  const { items: results } = await client.gates.results({ taskId: task.id })
  expect(
    results.map(({ round, status, treeId }) => [round, status, treeId === task.change!.treeId]),
  ).toEqual([
    [0, 'failed', false],
    [1, 'passed', true],
  ])
  expect(bench.asked().at(-2)!.bodyText).toContain('Gate \\"check\\"')
  expect(task.message).toBe(draftedMessage)
  const edited = await client.tasks.editMessage({
    taskId: task.id,
    message: 'Set a.txt right\n\nAs asked.',
  })
  expect(edited.message).toBe('Set a.txt right\n\nAs asked.')
  await client.tasks.approve({ taskId: task.id, treeId: task.change!.treeId })
  const done = await untilTask(client, task, ['completed'])
  expect(git(repository.path, 'rev-parse', `${done.branch}^{tree}`)).toBe(task.change!.treeId)
  expect(git(repository.path, 'log', '-1', '--format=%an <%ae>|%B', done.branch!)).toBe(
    `The owner <owner@example.test>|Set a.txt right\n\nAs asked.\n\nAssisted-by: Sluice built-in agent (claude-sonnet-4-5)\nSluice-Task: ${task.id}`,
  )
  expect(git(repository.path, 'status', '--porcelain')).toBe('')
  expect(git(repository.path, 'rev-parse', 'main')).toBe(
    git(repository.path, 'rev-parse', `${done.branch}^`),
  )
})

test('after the last round that may mend it a red change waits for a person, who can send it back', async () => {
  const { client } = bench
  await client.settings.update({ maxFixRounds: 1 })
  const repository = await bench.addRepository({ 'a.txt': 'first\n' }, isRight)
  bench.say(writes('a.txt', 'wrong\n'), { text: 'Done.' }, writes('a.txt', 'wronger\n'), {
    text: 'Done.',
  })
  const task = await bench.run(repository, 'Make it right', ['qa_failed'])
  expect(task).toMatchObject({
    detail: 'check failed',
    round: 1,
    actions: { approve: false, requestChanges: true, reject: true },
  })
  await expect(client.tasks.approve({ taskId: task.id })).rejects.toMatchObject({
    code: 'wrong_state',
  })
  const { items: files } = { items: (await client.review.changes({ taskId: task.id })).files }
  expect(files.map(({ path }) => path)).toEqual(['a.txt'])
  await client.review.comment({
    taskId: task.id,
    path: 'a.txt',
    side: 'new',
    startLine: 1,
    endLine: 1,
    body: 'The word is "right".',
  })
  bench.say(writes('a.txt', 'right\n'), { text: 'Now it is.' })
  await client.tasks.requestChanges({ taskId: task.id, text: 'Read the comment.' })
  const mended = await untilTask(client, task, ['waiting_approval'])
  const sent = bench.asked().at(-2)!.bodyText
  for (const text of ['Read the comment.', 'The word is', 'a.txt, line 1', '> '])
    expect(sent).toContain(text)
  expect((await client.review.comments({ taskId: task.id })).items[0]).toMatchObject({
    status: 'sent',
  })
  expect(mended.round).toBe(2)
  await client.settings.update({ maxFixRounds: 3 })
})

test('an approval of another tree than the one that stands is refused', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  await expect(
    client.tasks.approve({ taskId: task.id, treeId: '0'.repeat(40) }),
  ).rejects.toMatchObject({ code: 'stale_review' })
  expect((await client.tasks.get({ taskId: task.id })).status).toBe('waiting_approval')
})

test('of two approvals at once one wins and the other is told the state', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'second\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  const answers = await Promise.allSettled(
    [1, 2, 3].map(() => client.tasks.approve({ taskId: task.id })),
  )
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'wrong_state' })
  await untilTask(client, task, ['completed'])
  const events = await readStream(client, `session:${task.sessionId}`)
  expect(
    events.filter(({ type }) => type === 'decision.made' || type === 'commit.made'),
  ).toHaveLength(2)
})

test('a change to what a gate runs is named in the review', async () => {
  const repository = await bench.addRepository(
    { 'a.txt': 'first\n', 'check.sh': 'exit 0\n', 'test/a.test.js': '\n' },
    { check: 'sh ./check.sh', unit: 'node --test' },
  )
  bench.say(
    calls(
      ['write_file', { path: 'check.sh', content: 'exit 0 # always\n' }],
      ['write_file', { path: 'test/a.test.js', content: '//\n' }],
    ),
  )
  const task = await bench.run(repository, 'Cheat', ['waiting_approval', 'qa_failed'])
  expect(task.change!.touchesGates.map(({ gate, path }) => `${gate} ${path}`)).toEqual(
    expect.arrayContaining(['check check.sh', 'unit test/a.test.js']),
  )
})

test('a gate runs on a clean checkout with CI set, and one over its time limit is ended', async () => {
  const { client } = bench
  const repository = await bench.addRepository(
    { 'a.txt': 'first\n', '.gitignore': 'scratch\n' },
    {
      clean:
        'test ! -e scratch && test "$CI" = 1 && test "$(cat a.txt)" = second && echo noise > scratch',
      again: 'test ! -e scratch',
      slow: { command: 'sleep 600', timeoutSeconds: 1, isBlocking: false },
    },
  )
  bench.say(
    calls(
      ['write_file', { path: 'a.txt', content: 'second\n' }],
      ['write_file', { path: 'scratch', content: 'noise\n' }],
    ),
  )
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  expect(task.gates.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'clean passed',
    'again passed',
    'slow timed_out',
  ])
  const reran = await client.tasks.rerunGates({ taskId: task.id })
  expect(reran.status).toBe('waiting_qa')
  expect((await untilTask(client, task, ['waiting_approval'])).round).toBe(1)
})
