import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StreamEvent } from '@sluice/contract/events'
import type { Repository } from '@sluice/contract/repository'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectWith } from './connect.ts'
import { removeData } from './demo/remove-data.ts'
import { startServer, type ServerProcess } from './demo/server-process.ts'
import { signIn } from './demo/sign-in.ts'
import { serverEnvironment } from './env.ts'
import { startCommand, type CommandEnd, type RunningCommand } from './testing/command.ts'

// The command as a person uses it, against a server in a process of its own. The sample's
// recording answers in place of a model, and it fits an untouched sample only: each test that
// needs the agent makes its own.

const account = { email: 'ada@example.org', password: 'a long passphrase' }
let temp: string
let server: ServerProcess
let prompt: string

const environment = (): Record<string, string> =>
  serverEnvironment({ XDG_CONFIG_HOME: join(temp, 'config'), SLUICE_URL: server.url })
const start = (words: string[], options: { input?: string; cwd?: string } = {}): RunningCommand =>
  startCommand(words, { env: environment(), ...options })
const sluice = (
  words: string[],
  options: { input?: string; cwd?: string } = {},
): Promise<CommandEnd> => start(words, options).ended
const git = (folder: string, ...words: string[]): string =>
  execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim()

async function json<T>(words: string[]): Promise<T> {
  const { code, out, err } = await sluice([...words, '--json'])
  expect(code, err).toBe(0)
  return JSON.parse(out) as T
}

async function addSample(): Promise<Repository> {
  using connection = connectWith(
    server.url,
    await signIn(server.url, account, AbortSignal.timeout(30_000)),
  )
  return connection.client.repositories.addSample()
}

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'sluice-cli-job-'))
  server = await startServer({
    settings: {
      SLUICE_DATA: join(temp, 'data'),
      SLUICE_OWNER_EMAIL: account.email,
      SLUICE_OWNER_PASSWORD: account.password,
      SLUICE_OWNER_NAME: 'Ada',
      SLUICE_RECORDING_PACE: '0',
    },
    signal: AbortSignal.timeout(110_000),
  })
  using connection = connectWith(
    server.url,
    await signIn(server.url, account, AbortSignal.timeout(30_000)),
  )
  const { key } = await connection.client.apiKeys.create({
    name: 'command line',
    role: 'owner',
    scopes: ['read', 'tasks', 'repositories'],
  })
  const { code, err } = await sluice(['login', '--key', '-'], { input: `${key}\n` })
  if (code !== 0) throw new Error(`Signing in failed: ${err}`)
  prompt = (await addSample()).samplePrompt!
})

afterAll(async () => {
  await server?.stop()
  await removeData(temp)
})

test('signing in keeps address and key where only the owner can read them', async () => {
  const file = join(temp, 'config', 'sluice', 'cli.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ url: server.url })
  const me = await json<{ user: { email: string }; workspace: { role: string } }>(['whoami'])
  expect(me).toMatchObject({ user: { email: account.email }, workspace: { role: 'owner' } })
})

test('a key that the server does not know is refused and not kept', async () => {
  const { code } = await startCommand(['login', '--key', '-'], {
    env: { ...environment(), XDG_CONFIG_HOME: join(temp, 'other') },
    input: 'slk_wrong',
  }).ended
  expect(code).toBe(3)
  await expect(stat(join(temp, 'other', 'sluice', 'cli.json'))).rejects.toThrow('ENOENT')
})

test('a task from a folder ends with a patch that git applies; approving commits that very tree', async () => {
  const { path } = await addSample()
  const given = await sluice(['task', prompt], { cwd: join(path, 'src') })
  expect(given.code, given.err).toBe(5)
  expect(given.err).toContain('✗ Gate test failed')
  expect(given.err).toContain('sluice approve')
  execFileSync('git', ['-C', path, 'apply', '--check', '-'], { input: given.out })

  const { items } = await json<{ items: Task[] }>(['tasks', 'list', '--limit', '1'])
  const task = items[0]!
  expect((await sluice(['diff', task.id])).out).toBe(given.out)
  expect((await sluice(['gates', task.sessionId])).code).toBe(0)

  const approved = await sluice([
    'approve',
    task.id.slice(0, 20),
    '-m',
    'Keep every cent',
    '--merge',
    '--json',
  ])
  expect(approved.code, approved.err).toBe(0)
  const lines = approved.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string })
  expect(lines.map(({ type }) => type)).toContain('commit.made')
  const result = lines.at(-1) as unknown as { type: string; task: Task }
  expect(result).toMatchObject({ type: 'result', task: { status: 'completed' } })
  const { commit, branch } = result.task
  expect(git(path, 'rev-parse', `refs/heads/${branch}`)).toBe(commit)
  expect(git(path, 'rev-parse', `${commit}^{tree}`)).toBe(task.change!.treeId)
  expect(git(path, 'log', '-1', '--format=%an <%ae>%n%s', commit!)).toBe(
    `Ada <${account.email}>\nKeep every cent`,
  )
  expect(git(path, 'status', '--porcelain')).toBe('')

  expect(git(path, 'merge-base', '--is-ancestor', commit!, 'main')).toBe('')
  expect((await sluice(['merge', task.id])).code).toBe(1)
})

test('--approve goes all the way at once, and every event is a line of JSON without a gap', async () => {
  const { id, path } = await addSample()
  const { code, out, err } = await sluice(['task', prompt, '--repo', id, '--approve', '--json'])
  expect(code, err).toBe(0)
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StreamEvent)
  expect(lines[0]).toMatchObject({ type: 'started' })
  expect(lines.at(-1)).toMatchObject({ type: 'result', task: { status: 'completed' } })
  const seqs = lines.slice(1, -1).map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_seq, index) => index + 1))
  const { task } = lines.at(-1) as unknown as { task: Task }
  const merged = await sluice(['merge', task.id])
  expect(merged.code, merged.err).toBe(0)
  expect(git(path, 'merge-base', '--is-ancestor', task.commit!, 'main')).toBe('')
})

test('Ctrl-C cancels the task on the server and ends with 130', async () => {
  const { id } = await addSample()
  const running = start(['task', prompt, '--repo', id])
  await running.says('Task 1 is queued')
  running.signal('SIGINT')
  const { code, err } = await running.ended
  expect(code, err).toBe(130)
  const { items } = await json<{ items: Session[] }>(['sessions', 'list', '--repo', id])
  expect(items[0]!.task!.status, err).toBe('cancelled')
})

test('a rejected change leaves the repository as it was, and ends well', async () => {
  const { id, path } = await addSample()
  const before = git(path, 'for-each-ref')
  expect((await sluice(['task', prompt, '--repo', id])).code).toBe(5)
  const { items } = await json<{ items: Session[] }>(['sessions', 'list', '--repo', id])
  const rejected = await sluice(['reject', items[0]!.id, '--reason', 'too broad'])
  expect(rejected.code, rejected.err).toBe(0)
  expect(rejected.err).toContain('too broad')
  expect(git(path, 'for-each-ref')).toBe(before)
  expect(git(path, 'status', '--porcelain')).toBe('')
  const again = await sluice(['approve', items[0]!.id])
  expect(again.code).toBe(1)
})

test('a session is followed from its beginning until Ctrl-C', async () => {
  const { items } = await json<{ items: Session[] }>(['sessions', 'list', '--limit', '1'])
  const running = start(['tail', items[0]!.id, '--json'])
  await running.says('"decision.made"')
  running.signal('SIGINT')
  expect((await running.ended).code).toBe(130)
  const missing = await sluice(['tail', `session:ses_${'0'.repeat(32)}`])
  expect(missing.code).toBe(4)
})

test('folders are scanned and added, and their gates are listed', async () => {
  const root = join(temp, 'code')
  for (const name of ['one', 'two']) {
    const folder = join(root, name)
    execFileSync('git', ['init', '-q', folder])
    git(
      folder,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'x',
    )
  }
  const found = await json<{ found: { path: string; repositoryId: string | null }[] }>([
    ...['repos', 'scan', root, '--add'],
  ])
  expect(found.found.map(({ path }) => path).sort()).toEqual([join(root, 'one'), join(root, 'two')])
  const listed = await json<{ items: Repository[] }>(['repos', 'list', '--search', root])
  expect(listed.items).toHaveLength(2)
  const known = await sluice(['repos', 'add', join(root, 'one')])
  expect(known.code).toBe(0)
  expect(known.err).toContain('already')
  expect((await json<{ items: unknown[] }>(['repos', 'gates', 'two'])).items).toEqual([])
})

test('a clone is followed to its end; one that fails says why', async () => {
  const bad = await sluice(['repos', 'clone', 'http://127.0.0.1:1/none.git'])
  expect(bad.code).toBe(1)
  expect(bad.err).toMatch(/sluice: .+/)
})

test('what is not there ends with 4, a server that is not there with 6', async () => {
  expect((await sluice(['task', 'show', `tsk_${'0'.repeat(32)}`])).code).toBe(4)
  expect((await sluice(['diff', 'nothing-like-it'])).code).toBe(4)
  const env = { ...environment(), SLUICE_URL: 'http://127.0.0.1:1', SLUICE_KEY: 'k' }
  expect((await startCommand(['inbox'], { env }).ended).code).toBe(6)
})

test('completion offers tasks and repositories of the server', async () => {
  const { items } = await json<{ items: Task[] }>(['tasks', 'list', '--limit', '1'])
  const tasks = await sluice(['completions', '--', 'approve', ''])
  expect(tasks.out).toContain(`${items[0]!.id}\t`)
  const repositories = await sluice(['completions', '--', 'task', 'x', '--repo', 'sam'])
  expect(repositories.out).toMatch(/^sample\t/)
})

test('signing out forgets the key', async () => {
  expect((await sluice(['logout'])).code).toBe(0)
  expect((await sluice(['whoami'])).code).toBe(3)
})
