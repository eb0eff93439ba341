import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startCommand } from '@sluice/cli/testing/command'
import type { TaskId } from '@sluice/contract/ids'
import type { Task } from '@sluice/contract/task'
import { type Client, createClient } from '@sluice/sdk/client'
import { createGate } from '@sluice/testing/wait'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { addRepository, connectModel, makeKey, startSession } from './journey.ts'
import { openStage, owner, setUpThroughPage, type Stage } from './page.ts'
import { createUserRepository, type UserRepository } from './public-package.ts'
import {
  calls,
  edits,
  openScriptedModel,
  type ScriptedModel,
  shortAnswer,
} from './scripted-model.ts'

const browser = findBrowser()
let stage: Stage
let model: ScriptedModel
let page: Page
let key: string
let client: Client
let noSandbox: string | undefined

beforeAll(async () => {
  if (browser.path === undefined) return
  model = await openScriptedModel()
  stage = await openStage(browser.path)
  page = await stage.openPage({ width: 1440, height: 900 })
  await setUpThroughPage(page, stage.url)
  key = await makeKey(page, stage.url, 'command line')
  client = createClient({ url: stage.url, headers: { authorization: `Bearer ${key}` } })
  const { items } = await client.settings.sandboxes()
  const bubblewrap = items.find(({ name }) => name === 'bubblewrap')
  if (bubblewrap?.isAvailable !== true) noSandbox = `no bubblewrap: ${bubblewrap?.reason}`
})
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]()
  await model?.[Symbol.asyncDispose]()
})
beforeEach((context) => {
  if (browser.path === undefined) context.skip(browser.reason)
  if (noSandbox !== undefined) context.skip(noSandbox)
})

const thrown = (name: string) => `  if (typeof pathString !== 'string') {
    throw new ${name}(
        "Parameter 'pathString' must be a string, not " + typeof pathString
    );
  }
`
const twice = (parser: string) => `${parser}.parse = function(pathString) {\n${thrown('TypeError')}`
const once = (parser: string, check: string) =>
  `${parser}.parse = function(pathString) {\n  ${check}(pathString);\n`
const checkOf = (error: string, name: string) =>
  `function ${name}(pathString) {\n${thrown(error)}}\n\n`

/** The check of both parsers in one function, of the wrong kind of error: a test of the package is red. */
const wrongEdit = edits(
  'index.js',
  ['var win32 = {};', `${checkOf('Error', 'checkPath')}var win32 = {};`],
  [twice('win32'), once('win32', 'checkPath')],
  [twice('posix'), once('posix', 'checkPath')],
)
const rightEdit = edits('index.js', ['throw new Error(', 'throw new TypeError('])
const renaming = calls([
  'edit_file',
  { path: 'index.js', old_text: 'checkPath', new_text: 'requireString', replace_all: true },
])
const look = calls(
  ['read_file', { path: 'index.js' }],
  ['run_command', { command: `node -p "require('path-parse').posix('/released/a.b').base"` }],
)

/** What the edits make of the source, worked out beside the product. */
function expectedSource(source: string, name: string): string {
  return source
    .replace('var win32 = {};', () => `${checkOf('TypeError', name)}var win32 = {};`)
    .replace(twice('win32'), () => once('win32', name))
    .replace(twice('posix'), () => once('posix', name))
}

/** The commit is the reviewed tree on top of the base, by the person, with the message and the trailers. */
function checkCommit(
  repository: UserRepository,
  task: Task,
  reviewed: string,
  message: string,
  name: string,
): void {
  const { git, first } = repository
  const commit = task.commit!
  expect(git('rev-parse', `${commit}^{tree}`)).toBe(reviewed)
  expect(git('rev-parse', `${commit}^`)).toBe(first)
  expect(git('rev-parse', 'main')).toBe(commit)
  expect(git('rev-parse', task.branch!)).toBe(commit)
  expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/main')
  expect(git('log', '-1', '--format=%an <%ae>|%cn <%ce>', commit)).toBe(
    `${owner.name} <${owner.email}>|${owner.name} <${owner.email}>`,
  )
  expect(git('log', '-1', '--format=%B', commit)).toBe(
    `${message}\n\nAssisted-by: Sluice built-in agent (house-model)\nSluice-Task: ${task.id}`,
  )
  expect(git('diff', '--name-status', first, commit)).toBe('M\tindex.js')
  const source = expectedSource(git('show', `${first}:index.js`), name)
  expect(git('show', `${commit}:index.js`)).toBe(source)
  expect(readFileSync(join(repository.path, 'index.js'), 'utf8').trimEnd()).toBe(source)
}

test('through the page: a red suite is mended, a comment answered, and exactly the reviewed tree merged', async () => {
  const repository = createUserRepository(join(stage.work, 'by page'))
  const before = repository.ownWork()
  expect(await connectModel(page, stage.url, model)).toContain(shortAnswer)
  const repositoryId = await addRepository(page, stage.url, repository.path)
  await page.getByRole('link', { name: 'Gates' }).click()
  await page.getByRole('button', { name: 'Find gates' }).first().click()
  await page.getByText('No further gates found').waitFor()
  const gates = page.getByRole('list', { name: 'Gates in order' }).getByRole('listitem')
  expect(await gates.count()).toBe(1)
  expect(await gates.innerText()).toMatch(/npm test[^]*from package\.json: scripts\.test/)

  model.say(look, wrongEdit, { text: 'Both parsers share one check now.' }, rightEdit, {
    text: 'It is a **TypeError** again.',
  })
  const sessionId = await startSession(
    page,
    stage.url,
    repositoryId,
    'Check the argument of both parsers in one place.',
  )
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  const timeline = page.getByRole('log', { name: 'Timeline' })
  await timeline.getByText('Both parsers share one check now.').waitFor()
  await timeline
    .getByText(/^Edited index\.js/)
    .first()
    .waitFor()
  // The agent saw the person's dependency folder, and then how the package's own test failed.
  const asked = model.asked().map(({ bodyText }) => bodyText)
  expect(asked[1]).toContain('a.b')
  expect(asked[3]).toContain('AssertionError')
  await page.getByRole('tab', { name: /Gates/ }).click()
  await page.getByText('1 of 1 gate passed').first().waitFor()

  await page.getByRole('tab', { name: /Changes/ }).click()
  await page.getByText('checkPath').filter({ visible: true }).first().waitFor()
  await page.keyboard.press('n')
  await page.keyboard.press('c')
  await page.getByLabel(/^Comment on/).fill('Say what it does: requireString.')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Draft, not sent yet').waitFor()
  model.say(renaming, { text: 'Renamed.' })
  await page.getByRole('button', { name: 'Request changes (1)' }).click()
  await page.getByLabel('What should change').fill('One name is off.')
  await page.getByRole('button', { name: 'Send back to the agent' }).click()
  await timeline.getByText('Renamed.', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  for (const text of [
    'One name is off.',
    'Say what it does: requireString.',
    'function checkPath',
    'index.js',
  ])
    expect(model.asked().at(-2)!.bodyText).toContain(text)
  await page.getByText('requireString').filter({ visible: true }).first().waitFor()

  const { items } = await client.tasks.list({ sessionId: sessionId as Task['sessionId'] })
  const reviewed = items[0]!.change!.treeId
  expect(items).toHaveLength(1)
  expect(repository.git('rev-parse', 'main')).toBe(repository.first)
  const { items: results } = await client.gates.results({ taskId: items[0]!.id })
  expect(
    results.map(({ status, exitCode, treeId }) => [status, exitCode, treeId === reviewed]),
  ).toEqual([
    ['failed', 1, false],
    ['passed', 0, false],
    ['passed', 0, true],
  ])

  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  const message = page.getByLabel('Commit message')
  expect(await message.inputValue()).toBe(shortAnswer)
  await message.fill('Check paths in one place\n\nBoth parsers did it by themselves.')
  await page.getByRole('radio', { name: 'then merge' }).check({ force: true })
  await page.getByRole('button', { name: /^Approve and commit/ }).click()
  await page.getByText('Merged').first().waitFor()
  const task = await client.tasks.get({ taskId: items[0]!.id })
  expect(task.status).toBe('completed')
  checkCommit(
    repository,
    task,
    reviewed,
    'Check paths in one place\n\nBoth parsers did it by themselves.',
    'requireString',
  )
  expect(repository.ownWork()).toEqual(before)
  expect(stage.complaints).toEqual([])
})

/** The command line in a process of its own, as a person with an empty home folder has it. */
function sluice(words: string[], input?: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: join(stage.work, 'home of the command line') }
  return startCommand(words, { env, cwd: stage.work, ...(input === undefined ? {} : { input }) })
}

interface Line {
  type?: string
  task?: Task
  patch?: string
  [field: string]: unknown
}
const linesOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/** Runs a command to its end. @returns its lines of JSON */
async function run(words: string[], expectedCode: number, input?: string): Promise<Line[]> {
  const { code, out, err } = await sluice(words, input).ended
  expect(code, `${words.join(' ')}\n${out}\n${err}`).toBe(expectedCode)
  return linesOf(out)
}

test('through the command line: from the key to the merged commit, each command with its code and its JSON', async () => {
  const repository = createUserRepository(join(stage.work, 'by command'))
  const before = repository.ownWork()
  await run(['whoami', '--json'], 3)
  const [login] = await run(['login', '--key', '-', '--url', stage.url, '--json'], 0, `${key}\n`)
  expect(login).toMatchObject({ url: stage.url, user: { email: owner.email } })
  const [{ id: repositoryId }] = (await run(['repos', 'add', repository.path, '--json'], 0)) as [
    { id: string },
  ]
  await client.gates.find({ repositoryId: repositoryId as Task['repositoryId'] })

  model.say(look, wrongEdit, { text: 'Both parsers share one check now.' }, rightEdit, {
    text: 'It is a TypeError again.',
  })
  const lines = await run(
    [
      'task',
      'Check the argument in one place.',
      '--repo',
      repository.path,
      '--provider',
      'House model',
      '--json',
    ],
    5,
  )
  expect(lines[0]!.type).toBe('started')
  expect(
    lines
      .filter(({ type }) => type === 'gate.ended')
      .map(({ payload }) => (payload as { status: string }).status),
  ).toEqual(['failed', 'passed'])
  const result = lines.at(-1)!
  expect(result).toMatchObject({
    type: 'result',
    task: { status: 'waiting_approval', round: 1 },
    leftOut: [],
  })
  const { id, change } = result.task!
  const [diff] = await run(['diff', id, '--json'], 0)
  expect(diff!.patch).toBe(result.patch)

  const message = 'Check paths once\n\nAs asked on the command line.'
  const approved = (await run(['approve', id, '--merge', '--message', message, '--json'], 0)).at(
    -1,
  )!
  expect(approved.task).toMatchObject({
    status: 'completed',
    landing: { merge: 'merged', problem: null },
  })
  // The patch that was read is the difference that git sees between the two commits.
  const seen = repository.git('diff', '--no-color', repository.first, approved.task!.commit!)
  const body = (patch: string) =>
    patch
      .trimEnd()
      .split('\n')
      .filter((line) => !/^(diff|index|similarity) /.test(line))
  expect(body(diff!.patch!)).toEqual(body(seen))
  checkCommit(repository, approved.task!, change!.treeId, message, 'checkPath')
  expect(repository.ownWork()).toEqual(before)
  await run(['approve', id, '--json'], 1)
  await run(['task', 'show', 'tsk_ffffffffffffffffffffffffffffffff', '--json'], 4)
  expect((await sluice(['diff', '--json']).ended).code).toBe(2)
})

test('a tail through the command line gives the whole log of a session in order, and leaves at Ctrl-C', async () => {
  const { items } = await client.tasks.list({})
  const { sessionId } = items[0]!
  const { cursor } = await client.sessions.get({ sessionId })
  const tail = sluice(['tail', sessionId, '--json'])
  await tail.says(`"seq":${cursor},`)
  tail.signal('SIGINT')
  const { code, out } = await tail.ended
  expect(code).toBe(130)
  expect(
    linesOf(out)
      .map(({ seq }) => seq)
      .filter((seq) => seq !== undefined),
  ).toEqual(Array.from({ length: cursor }, (_, at) => at + 1))
})

test('Ctrl-C in the middle of a task cancels it on the server and leaves the repository as it was', async () => {
  const repository = createUserRepository(join(stage.work, 'by interrupt'))
  const before = { ...repository.ownWork(), refs: repository.git('for-each-ref', 'refs/heads') }
  const asked = createGate()
  const never = createGate()
  model.say(wrongEdit, () => {
    asked.open()
    return { text: 'Too late.', before: never.opened }
  })
  const task = sluice([
    'task',
    'Take your time.',
    '--repo',
    repository.path,
    '--provider',
    'House model',
    '--json',
  ])
  await Promise.race([asked.opened, task.ended])
  task.signal('SIGINT')
  const { code, out } = await task.ended
  never.open()
  expect(code).toBe(130)
  const lines = linesOf(out)
  expect(lines.at(-1)).toMatchObject({ error: { code: 'interrupted' } })
  const id = lines[0]!.task!.id as TaskId
  expect(await client.tasks.get({ taskId: id })).toMatchObject({
    status: 'cancelled',
    commit: null,
  })
  expect({ ...repository.ownWork(), refs: repository.git('for-each-ref', 'refs/heads') }).toEqual(
    before,
  )
})
