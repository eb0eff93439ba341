import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from './http/app.ts'
import { createCaller, createKey, setUpOwner, type Caller } from './testing/people.ts'
import { refusalOf } from './testing/refusal.ts'
import { createRepository, git } from './testing/repository.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let testServer: TestServer
let owner: Caller
let work: string

beforeAll(async () => {
  testServer = await startTestServer({})
  work = realpathSync(testServer.machine.work)
  owner = await createKey(testServer.fetch, await setUpOwner(testServer.fetch))
})
afterAll(() => testServer[Symbol.asyncDispose]())

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

describe('a folder that is no repository to add', () => {
  const cases: [name: string, make: () => string, code: string, says: RegExp][] = [
    ['a path from nowhere', () => 'some/where', 'invalid_input', /whole path/],
    ['a path that climbs', () => '../../etc', 'invalid_input', /whole path/],
    ['a NUL in the path', () => `${work}/a\0b`, 'invalid_input', /NUL/],
    [
      'a folder that is missing',
      () => join(work, 'missing'),
      'path_not_allowed',
      /no readable folder/,
    ],
    [
      'a path too long for the system',
      () => `/${'x'.repeat(4000)}`,
      'path_not_allowed',
      /no readable folder/,
    ],
    ['a file', () => fileAt('plain.txt'), 'path_not_allowed', /not a folder/],
    ['a folder without git', () => folderAt('plain'), 'not_a_repository', /./],
    [
      'a link that leads round in a loop',
      () => linkAt('loop', join(work, 'loop')),
      'path_not_allowed',
      /no readable folder/,
    ],
    ['the processes of the machine', () => '/proc', 'path_not_allowed', /\/proc/],
    ['a process', () => '/proc/self', 'path_not_allowed', /\/proc/],
    ['devices', () => '/dev', 'path_not_allowed', /\/dev/],
    [
      "what Sluice keeps itself, such as another workspace's clone",
      () => createRepository(join(testServer.machine.data, 'repositories', 'rep_x')),
      'path_not_allowed',
      /Sluice/,
    ],
    [
      'a link to what Sluice keeps itself',
      () => linkAt('inside', testServer.machine.data),
      'path_not_allowed',
      /Sluice/,
    ],
    [
      'an option of git in place of a path',
      () => '--upload-pack=touch /tmp/x',
      'invalid_input',
      /whole path/,
    ],
  ]
  test.each(cases)('%s', async (_name, make, code, says) => {
    const path = make()
    const refused = await refusal('POST', '/api/repositories', { path })
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(refused.status).toBeLessThan(500)
  })

  test('one that may not be read', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read every folder, so nothing is unreadable here')
    const path = createRepository(join(work, 'closed'))
    await chmod(path, 0)
    try {
      expect((await refusal('POST', '/api/repositories', { path })).code).toMatch(
        /path_not_allowed|not_a_repository/,
      )
    } finally {
      await chmod(path, 0o700)
    }
  })

  test('a file whose .git sends git to run something', async () => {
    const path = createRepository(join(work, 'hooked'))
    const mark = join(work, 'ran')
    git(path, 'config', 'core.fsmonitor', `touch ${mark}`)
    git(path, 'config', 'core.hooksPath', work)
    git(path, 'config', 'diff.external', `touch ${mark}`)
    await add(path)
    expect(existsSync(mark)).toBe(false)
  })

  test('one that is there already is named', async () => {
    const path = createRepository(join(work, 'twice'))
    await add(path)
    expect(await refusal('POST', '/api/repositories', { path })).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('twice'),
    })
    // The same folder by another way is the same folder.
    expect(
      await refusal('POST', '/api/repositories', { path: linkAt('twice-link', path) }),
    ).toMatchObject({ code: 'conflict' })
  })

  function fileAt(name: string): string {
    writeFileSync(join(work, name), 'text')
    return join(work, name)
  }
  function folderAt(name: string): string {
    mkdirSync(join(work, name), { recursive: true })
    return join(work, name)
  }
  function linkAt(name: string, to: string): string {
    symlinkSync(to, join(work, name))
    return join(work, name)
  }
})

describe('where SLUICE_ROOTS holds the server inside a folder', () => {
  let held: Pick<TestServer, 'fetch'>
  let outside: string
  beforeAll(() => {
    outside = createRepository(join(work, 'outside'))
    mkdirSync(join(work, 'root'), { recursive: true })
    mkdirSync(join(work, 'root-and-more'), { recursive: true })
    createRepository(join(work, 'root-and-more', 'near'))
    createRepository(join(work, 'root', 'mine'))
    symlinkSync(outside, join(work, 'root', 'way-out'))
    // The same server with another setting: a second engine cannot live in this process.
    const { server } = testServer
    const repositoryRoots = [join(work, 'root'), join(work, 'not-mounted')]
    const app = createApp({ ...server, core: { ...server.core, repositoryRoots } })
    held = {
      fetch: async (path, init) =>
        app.fetch(new Request(new URL(path, 'http://127.0.0.1'), init), { address: '127.0.0.1' }),
    }
  })

  test('no path leads out: not a plain one, not a link, not one that climbs, not one that only starts alike', async () => {
    for (const path of [
      outside,
      join(work, 'root', 'way-out'),
      `${join(work, 'root')}/../outside`,
      join(work, 'root-and-more', 'near'),
      '/',
    ]) {
      expect(await refusal('POST', '/api/repositories', { path }, held)).toMatchObject({
        code: 'path_not_allowed',
      })
      expect(
        await refusal('POST', '/api/repositories/scan', { roots: [path] }, held),
      ).toMatchObject({ code: 'path_not_allowed' })
    }
  })

  test('what lies inside can be added and found, and a scan does not follow the link out', async () => {
    const added = await createCaller(held.fetch, owner.headers).call<{ path: string }>(
      'POST',
      '/api/repositories',
      {
        path: join(work, 'root', 'mine'),
      },
    )
    expect(added.path).toBe(join(work, 'root', 'mine'))
    const found = await scan(createCaller(held.fetch, owner.headers), [join(work, 'root')])
    expect(found.map(({ path }) => path)).toEqual([join(work, 'root', 'mine')])
  })
})

/** Scans to the end. */
async function scan(caller: Caller, roots: string[]): Promise<{ path: string }[]> {
  await caller.call('POST', '/api/repositories/scan', { roots })
  return expect
    .poll(
      async () => {
        const state = await caller.call<{
          state: string
          found: { path: string }[]
          problem: string | null
        }>('GET', '/api/repositories/scan')
        return state.state === 'scanning' ? undefined : state
      },
      { timeout: 60_000 },
    )
    .toMatchObject({ state: 'done' })
    .then(
      async () =>
        (await caller.call<{ found: { path: string }[] }>('GET', '/api/repositories/scan')).found,
    )
}

test('a scan does not show what Sluice keeps for others', async () => {
  createRepository(join(testServer.machine.data, 'repositories', 'rep_y'))
  createRepository(join(work, 'seen'))
  const found = await scan(owner, [join(work, '..')])
  expect(found.map(({ path }) => path)).toContain(join(work, 'seen'))
  expect(found.filter(({ path }) => path.startsWith(join(work, '..', 'data')))).toEqual([])
})
