import { existsSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startScriptedProvider, type ScriptedProvider } from '@sluice/testing/scripted-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitForTask } from './testing/one-of-each.ts'
import { createKey, setUpOwner, type Caller } from './testing/people.ts'
import { refusalOf } from './testing/refusal.ts'
import { createRepository, git } from './testing/repository.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let testServer: TestServer
let provider: ScriptedProvider
let owner: Caller
let work: string
let providerId: string
/** What the model answers next: the files that it writes. */
let writes: Record<string, string> = {}

beforeAll(async () => {
  provider = await startScriptedProvider(({ body }) => {
    const messages = body['messages'] as { role: string }[]
    // A turn that writes, then one that ends.
    if (messages.at(-1)?.role === 'tool' || Object.keys(writes).length === 0)
      return { text: 'Done.' }
    return {
      toolCalls: Object.entries(writes).map(([path, content]) => ({
        name: 'write_file',
        input: { path, content },
      })),
    }
  })
  testServer = await startTestServer({})
  work = realpathSync(testServer.machine.work)
  owner = await createKey(testServer.fetch, await setUpOwner(testServer.fetch))
  const made = await owner.call<{ id: string }>('POST', '/api/providers', {
    name: 'Scripted',
    kind: 'openai_compatible',
    baseUrl: provider.openaiUrl,
    apiKey: 'any',
    defaultModelId: 'scripted-model',
  })
  providerId = made.id
  // So that these tests run on a machine without bubblewrap as well.
  await owner.call('PATCH', '/api/settings', { allowUnsandboxed: true })
})
afterAll(async () => {
  await testServer[Symbol.asyncDispose]()
  await provider.close()
})

const refusal = (
  method: string,
  path: string,
  body?: unknown,
  server: Pick<TestServer, 'fetch'> = testServer,
) => refusalOf(server, owner, method, path, body)

const add = (path: string) =>
  owner.call<{
    id: string
    kind: string
    status: { branch: string | null; head: unknown; operation: string }
  }>('POST', '/api/repositories', { path })
const startSession = (repositoryId: string, more: Record<string, unknown> = {}) =>
  owner.call<{ session: { id: string; branch: string }; task: { id: string; sessionId: string } }>(
    'POST',
    '/api/sessions',
    {
      repositoryId,
      prompt: 'Do it',
      providerId,
      sandboxProvider: 'worktree',
      ...more,
    },
  )
describe('prompts', () => {
  let repositoryId: string
  beforeAll(async () => {
    repositoryId = (await add(createRepository(join(work, 'prompts')))).id
  })

  test('of a million characters are taken, kept whole and reach the model', async () => {
    const prompt = `${'word "quoted" \\ ünïcode 💧\n'.repeat(60_000)}`.slice(0, 999_990) + 'the end'
    const { task } = await startSession(repositoryId, { prompt })
    const kept = await owner.call<{ prompt: string }>('GET', `/api/tasks/${task.id}`)
    expect(kept.prompt === prompt).toBe(true)
    await waitForTask(owner, task, ['completed'])
    expect(provider.requests.some(({ bodyText }) => bodyText.includes('the end'))).toBe(true)
  })

  test('with more are refused with the bound', async () => {
    expect(
      await refusal('POST', '/api/sessions', { repositoryId, prompt: 'x'.repeat(1_000_001) }),
    ).toMatchObject({ status: 400, message: expect.stringContaining('1,000,000') })
  })

  test.each([
    ['an empty one', ''],
    ['one of blanks', ' \n\t '],
  ])('%s is refused', async (_name, prompt) => {
    expect(await refusal('POST', '/api/sessions', { repositoryId, prompt })).toMatchObject({
      status: 400,
      message: expect.stringContaining('must not be empty'),
    })
  })

  test('a NUL, which no database keeps, is refused wherever text is taken', async () => {
    for (const [method, path, body] of [
      [
        'POST',
        '/api/sessions',
        { repositoryId, providerId, sandboxProvider: 'worktree', prompt: 'a\0b' },
      ],
      ['PATCH', `/api/repositories/${repositoryId}`, { name: 'a\0b' }],
      ['GET', '/api/repositories?search=a%00b', undefined],
    ] as const) {
      expect(await refusal(method, path, body)).toMatchObject({
        status: 400,
        code: 'invalid_input',
        message: expect.stringContaining('NUL'),
      })
    }
  })

  test('half of a character, as JavaScript can hold it, is refused too', async () => {
    const prompt = 'cut in the middle of \ud83d'
    expect(await refusal('POST', '/api/sessions', { repositoryId, prompt })).toMatchObject({
      status: 400,
      message: expect.stringContaining('half of a character'),
    })
  })
})

describe('names of branches', () => {
  test.each([
    ['a blank', 'my branch'],
    ['a line break', 'my\nbranch'],
    ['a leading dash', '--force'],
    ['two dots', 'a..b'],
    ['a lock', 'a.lock'],
    ['a reflog', 'a@{1}'],
    ['a way out', '../../x'],
    ['a NUL', 'a\0b'],
    ['a control character', 'a\x07b'],
    ['nothing but a dash', '-'],
  ])('with %s are refused for a new one, and are no base', async (_name, branch) => {
    const { id } = await repositoryAt('branches')
    expect(
      await refusal('POST', '/api/sessions', {
        repositoryId: id,
        prompt: 'x',
        providerId,
        sandboxProvider: 'worktree',
        branch,
      }),
    ).toMatchObject({ status: 400, code: 'invalid_input' })
    const base = await refusal('POST', '/api/sessions', {
      repositoryId: id,
      prompt: 'x',
      providerId,
      sandboxProvider: 'worktree',
      baseBranch: branch,
    })
    expect(base.status).toBeLessThan(500)
  })

  test('that git allows are taken as they are, quotes, dollars and dashes too', async () => {
    const { id, path } = await repositoryAt('odd-branches')
    const odd = ['it\'s-"quoted"', '$(touch-x)', 'ünï/ço;de&x']
    for (const branch of [...odd, '-dash']) git(path, 'update-ref', `refs/heads/${branch}`, 'main')
    const { items } = await owner.call<{ items: { name: string }[] }>(
      'GET',
      `/api/repositories/${id}/branches`,
    )
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining([...odd, '-dash']))
    writes = { 'new.txt': 'text\n' }
    for (const [index, baseBranch] of odd.entries()) {
      const branch = `from'"$(x)/${index}`
      const { session, task } = await startSession(id, { baseBranch, branch })
      expect(session.branch).toBe(branch)
      const { change } = (await waitForTask(owner, task, ['waiting_approval'])) as unknown as {
        change: { treeId: string }
      }
      await owner.call('POST', `/api/tasks/${task.id}/approve`, { treeId: change.treeId })
      await waitForTask(owner, task, ['completed'])
      expect(git(path, 'rev-parse', `refs/heads/${branch}^{tree}`).trim()).toBe(change.treeId)
      expect(git(path, 'rev-parse', `refs/heads/${branch}~1`)).toBe(
        git(path, 'rev-parse', `refs/heads/${baseBranch}`),
      )
    }
    writes = {}
  })
})

async function repositoryAt(name: string): Promise<{ id: string; path: string }> {
  const path = join(work, name)
  const known = await owner.call<{ items: { id: string; path: string }[] }>(
    'GET',
    '/api/repositories?limit=200',
  )
  const found = known.items.find((item) => item.path === path)
  return { id: found?.id ?? (await add(createRepository(path))).id, path }
}

describe('names of files', () => {
  const odd = [
    'with blank.txt',
    '"quoted".txt',
    "it's.txt",
    '-rf',
    '--output=x',
    'line\nbreak.txt',
    'tab\there',
    ':(top)magic',
    '$(touch x)',
    'ünï 💧.txt',
    'deep/-er/ file ',
    'back\\slash',
  ]
  let taskId: string
  let treeId: string
  let path: string
  beforeAll(async () => {
    const repository = await repositoryAt('files')
    path = repository.path
    writes = Object.fromEntries(odd.map((name) => [name, `content of ${name}\n`]))
    const { task } = await startSession(repository.id)
    const done = (await waitForTask(owner, task, ['waiting_approval'])) as unknown as {
      change: { treeId: string }
    }
    writes = {}
    taskId = task.id
    treeId = done.change.treeId
  })

  test('of any kind are listed, shown and given', async () => {
    const { files } = await owner.call<{ files: { path: string }[] }>(
      'GET',
      `/api/tasks/${taskId}/changes`,
    )
    expect(files.map((file) => file.path).sort()).toEqual([...odd].sort())
    for (const name of odd) {
      const query = new URLSearchParams({ path: name }).toString()
      const { patch } = await owner.call<{ patch: string }>(
        'GET',
        `/api/tasks/${taskId}/patch?${query}`,
      )
      expect(patch).toContain(`+content of ${name.split('\n')[0]}`)
      const response = await testServer.fetch(`/api/tasks/${taskId}/file?${query}`, {
        headers: owner.headers,
      })
      expect({ name, status: response.status, text: await response.text() }).toEqual({
        name,
        status: 200,
        text: `content of ${name}\n`,
      })
    }
  })

  test.each([
    ['a way out', '../../../../etc/passwd'],
    ['a path from the root', '/etc/passwd'],
    ['an option', '--output=/tmp/sluice-was-here'],
    ['pathspec magic', ':(glob)**'],
    ['the git folder', '.git/config'],
    ['a NUL', 'a\0b'],
    ['what is not there', 'nothing.txt'],
    ['another tree', 'HEAD:a.txt'],
  ])('that the change does not have give nothing: %s', async (_name, name) => {
    const query = new URLSearchParams({ path: name }).toString()
    for (const operation of ['patch', 'file']) {
      const refused = await refusal('GET', `/api/tasks/${taskId}/${operation}?${query}`)
      expect(refused.status).toBeGreaterThanOrEqual(400)
      expect(refused.status).toBeLessThan(500)
    }
    expect(
      await refusal('POST', `/api/tasks/${taskId}/comments`, {
        path: name,
        startLine: 1,
        endLine: 1,
        body: 'x',
      }),
    ).toMatchObject({ code: expect.stringMatching(/invalid_input|not_found/) })
    expect(existsSync('/tmp/sluice-was-here')).toBe(false)
  })

  test('are committed byte for byte', async () => {
    await owner.call('POST', `/api/tasks/${taskId}/approve`, { treeId })
    const { commit } = (await waitForTask(owner, await owner.call('GET', `/api/tasks/${taskId}`), [
      'completed',
    ])) as { commit?: string } as { commit: string }
    const names = git(path, 'ls-tree', '-r', '-z', '--name-only', commit)
      .split('\0')
      .filter((name) => name !== '' && name !== 'a.txt')
    expect(names.sort()).toEqual([...odd].sort())
  })
})

describe('repositories in an odd state', () => {
  test('one with no commit is shown as that, and a session says what to do', async () => {
    const added = await add(createRepository(join(work, 'empty'), {}))
    expect(added.status.head).toBeNull()
    expect(
      await refusal('POST', '/api/sessions', { repositoryId: added.id, prompt: 'x', providerId }),
    ).toMatchObject({ status: 422, message: expect.stringContaining('no commit') })
    for (const part of ['branches', 'files', 'instructions', 'gates'])
      await owner.call('GET', `/api/repositories/${added.id}/${part}`)
    expect(await refusal('POST', `/api/repositories/${added.id}/gates/find`)).toMatchObject({
      status: 422,
      message: expect.stringContaining('none yet'),
    })
  })

  test('a detached head works on a branch of its own, and in place is refused', async () => {
    const path = createRepository(join(work, 'detached'))
    git(path, 'checkout', '--quiet', '--detach')
    const added = await add(path)
    expect(added.status.branch).toBeNull()
    expect(
      await refusal('POST', '/api/sessions', {
        repositoryId: added.id,
        prompt: 'x',
        providerId,
        sandboxProvider: 'worktree',
        mode: 'in_place',
      }),
    ).toMatchObject({ status: 422, message: expect.stringContaining('detached') })
    const { task } = await startSession(added.id)
    await waitForTask(owner, task, ['completed'])
  })

  test('one in the middle of a merge is left alone, and the task says why', async () => {
    const path = createRepository(join(work, 'merging'))
    git(path, 'checkout', '--quiet', '-b', 'other')
    writeFileSync(join(path, 'a.txt'), 'theirs\n')
    git(path, 'commit', '--quiet', '-am', 'Theirs')
    git(path, 'checkout', '--quiet', 'main')
    writeFileSync(join(path, 'a.txt'), 'ours\n')
    git(path, 'commit', '--quiet', '-am', 'Ours')
    expect(() => git(path, 'merge', 'other')).toThrow('Command failed')
    const before = git(path, 'status', '--porcelain=v2')
    const added = await add(path)
    expect(added.status.operation).toBe('merge')
    const { task } = await startSession(added.id)
    const failed = await waitForTask(owner, task, ['failed'])
    expect(failed['failure']).toMatchObject({
      code: 'repository_busy',
      message: expect.stringContaining('merge'),
    })
    expect(git(path, 'status', '--porcelain=v2')).toBe(before)
  })

  test('one whose folder went away is shown as missing', async () => {
    const path = createRepository(join(work, 'going'))
    const { id } = await add(path)
    const { rm } = await import('node:fs/promises')
    await rm(path, { recursive: true })
    expect(await owner.call('POST', `/api/repositories/${id}/refresh`)).toMatchObject({
      state: 'missing',
    })
    expect((await refusal('GET', `/api/repositories/${id}/branches`)).status).toBeLessThan(500)
    expect(
      await refusal('POST', '/api/sessions', { repositoryId: id, prompt: 'x', providerId }),
    ).toMatchObject({ status: 422 })
  })
})
