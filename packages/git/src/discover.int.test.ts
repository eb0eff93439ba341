import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { discoverRepositories } from './discover.ts'
import { openShadow } from './shadow.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'

test('finds normal, linked, submodule and bare repositories and says which is which', async () => {
  await using temp = tempFolder()
  const root = join(temp.path, 'root')
  const main = makeRepository(join(root, 'group/main'))
  git(main, 'worktree', 'add', '-q', '-b', 'other', join(root, 'linked'))
  git(
    main,
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    makeRepository(join(temp.path, 'lib')),
    'libs/lib',
  )
  git(root, 'init', '-q', '--bare', 'store.git')
  write(root, {
    'looks-bare/HEAD': 'nonsense',
    'looks-bare/objects/x': '',
    'looks-bare/refs/x': '',
    'broken/.git': 'gitdir: /nowhere',
  })

  const { repositories } = await discoverRepositories([root])
  expect(repositories.map(({ path, kind }) => [path.slice(root.length + 1), kind])).toEqual([
    ['group/main', 'normal'],
    ['group/main/libs/lib', 'submodule'],
    ['linked', 'worktree'],
    ['store.git', 'bare'],
  ])
  expect(repositories.find(({ kind }) => kind === 'worktree')).toMatchObject({
    commonDir: join(main, '.git'),
  })
})

test('never follows links, so loops end and nothing outside of a root is found', async () => {
  await using temp = tempFolder()
  const root = join(temp.path, 'root')
  makeRepository(join(temp.path, 'outside/secret'))
  makeRepository(join(root, 'a'))
  symlinkSync(join(temp.path, 'outside'), join(root, 'way-out'))
  symlinkSync('..', join(root, 'a/loop'))
  mkdirSync(join(root, 'linked-git'))
  symlinkSync(join(temp.path, 'outside/secret/.git'), join(root, 'linked-git/.git'))
  const { repositories } = await discoverRepositories([root])
  expect(repositories.map(({ path }) => path)).toEqual([join(root, 'a')])
})

test('skips hidden and dependency folders and what Sluice made itself', async () => {
  await using temp = tempFolder()
  const root = join(temp.path, 'root')
  const app = makeRepository(join(root, 'app'))
  for (const path of ['.cache/x', 'node_modules/y', 'app/vendor/z'])
    makeRepository(join(root, path), {})
  await openShadow({ shadowPath: join(root, 'data/shadow'), repositoryPath: app })
  const { repositories } = await discoverRepositories([root])
  expect(repositories.map(({ path }) => path)).toEqual([app])
})

test('overlapping roots give each repository once, missing roots are reported, odd names work', async () => {
  await using temp = tempFolder()
  const name = 'with space\nand "line" -end'
  makeRepository(join(temp.path, name), {})
  const { repositories, unreadable } = await discoverRepositories([
    temp.path,
    join(temp.path, name),
    '/nonexistent/x',
  ])
  expect(repositories.map(({ path }) => path)).toEqual([join(temp.path, name)])
  expect(unreadable).toEqual([{ path: '/nonexistent/x', code: 'ENOENT' }])
})

test('a second scan lists only folders that changed, and finds what came and went', async () => {
  await using temp = tempFolder()
  for (const name of ['a', 'b', 'c'])
    makeRepository(join(temp.path, name, 'repo'), { 'src/x.txt': 'x' })
  const old = new Date(Date.now() - 60_000)
  const age = (path: string): void => utimesSync(path, old, old)
  for (const name of ['a', 'b', 'c'])
    for (const part of ['', 'repo', 'repo/src']) age(join(temp.path, name, part))
  age(temp.path)
  const first = await discoverRepositories([temp.path])
  const again = await discoverRepositories([temp.path], { previous: first.snapshot })
  expect(again.repositories).toEqual(first.repositories)
  expect(again.foldersReused).toBe(again.foldersSeen)

  rmSync(join(temp.path, 'a/repo'), { recursive: true })
  makeRepository(join(temp.path, 'b/second'))
  renameSync(join(temp.path, 'c/repo/.git'), join(temp.path, 'c/repo/.gone'))
  const third = await discoverRepositories([temp.path], { previous: again.snapshot })
  expect(third.repositories.map(({ path }) => path.slice(temp.path.length + 1))).toEqual([
    'b/repo',
    'b/second',
  ])
  expect(third.foldersReused).toBeGreaterThan(0)
})

test('can be cancelled', async () => {
  await using temp = tempFolder()
  await expect(
    discoverRepositories([temp.path], { signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ code: 'aborted' })
  const controller = new AbortController()
  const scan = discoverRepositories(['/usr'], {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  })
  await expect(scan).rejects.toMatchObject({ code: 'aborted' })
})

test('goes on where a folder may not be read (root may read all)', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may read every folder')
  await using temp = tempFolder()
  makeRepository(join(temp.path, 'a'))
  mkdirSync(join(temp.path, 'closed'))
  chmodSync(join(temp.path, 'closed'), 0)
  const { repositories, unreadable } = await discoverRepositories([temp.path])
  expect(repositories).toHaveLength(1)
  expect(unreadable).toEqual([{ path: join(temp.path, 'closed'), code: 'EACCES' }])
})
