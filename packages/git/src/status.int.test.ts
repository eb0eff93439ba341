import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listBranches, listFiles, readRepositoryStatus } from './status.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'

test('reads branch, last commit, counts, upstream and remotes without passwords', async () => {
  await using temp = tempFolder()
  const origin = makeRepository(join(temp.path, 'origin'))
  git(temp.path, 'clone', '-q', origin, 'clone')
  const path = join(temp.path, 'clone')
  git(path, 'remote', 'add', 'other', 'https://me:secret@example.org/x.git')
  write(path, { 'b.txt': 'b\n' })
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '-m', 'Second "line"\n\nbody')
  git(origin, 'commit', '-q', '--allow-empty', '-m', 'theirs')
  git(path, 'fetch', '-q')
  write(path, { 'a.txt': 'changed\n', 'new\nname.txt': 'x', 'staged.txt': 's' })
  git(path, 'add', 'staged.txt')
  const index = readFileSync(join(path, '.git/index'))

  const status = await readRepositoryStatus(path)
  expect(status).toMatchObject({
    branch: 'main',
    upstream: 'origin/main',
    ahead: 1,
    behind: 1,
    isClean: false,
    changedFiles: 3,
    operation: 'none',
    isBare: false,
    isDetached: false,
    counts: { staged: 1, unstaged: 1, untracked: 1, conflicted: 0 },
    head: {
      subject: 'Second "line"',
      author: { name: 'Ada', email: 'ada@example.org' },
      at: '2024-01-02T03:04:05.000Z',
    },
  })
  expect(status.remotes).toEqual([
    { name: 'origin', url: origin },
    { name: 'other', url: 'https://example.org/x.git' },
  ])
  expect(readFileSync(join(path, '.git/index')).equals(index)).toBe(true)
})

test('a repository without commits, a detached head and a bare one are told apart', async () => {
  await using temp = tempFolder()
  const empty = makeRepository(join(temp.path, 'empty'), {})
  expect(await readRepositoryStatus(empty)).toMatchObject({
    branch: 'main',
    head: null,
    isClean: true,
    isDetached: false,
  })
  expect(await listFiles(empty)).toEqual({ files: [], isCut: false })
  expect(await listBranches(empty)).toEqual([])
  const detached = makeRepository(join(temp.path, 'detached'))
  git(detached, 'checkout', '-q', '--detach')
  expect(await readRepositoryStatus(detached)).toMatchObject({
    branch: null,
    isDetached: true,
    head: { subject: 'first' },
  })
  git(temp.path, 'clone', '-q', '--bare', detached, 'bare.git')
  expect(await readRepositoryStatus(join(temp.path, 'bare.git'))).toMatchObject({
    isBare: true,
    isClean: true,
    head: { subject: 'first' },
  })
})

test.each(['merge', 'rebase', 'cherry-pick', 'revert', 'bisect'] as const)(
  'says that a %s is in progress',
  async (operation) => {
    await using temp = tempFolder()
    const path = makeRepository(join(temp.path, 'r'))
    git(path, 'checkout', '-q', '-b', 'side')
    write(path, { 'a.txt': 'side\n' })
    git(path, 'commit', '-q', '-am', 'side')
    git(path, 'checkout', '-q', 'main')
    write(path, { 'a.txt': 'main\n' })
    git(path, 'commit', '-q', '-am', 'main')
    const start = (): string =>
      operation === 'bisect'
        ? git(path, 'bisect', 'start')
        : operation === 'revert'
          ? git(path, 'revert', '--no-edit', 'side')
          : git(path, operation, 'side')
    // All but bisect stop at the conflict with a failing exit code.
    if (operation === 'bisect') start()
    else expect(start).toThrow('Command failed')
    expect((await readRepositoryStatus(path)).operation).toBe(operation)
  },
)

test('linked worktrees and submodules are read at their own place', async () => {
  await using temp = tempFolder()
  const main = makeRepository(join(temp.path, 'main'))
  git(main, 'worktree', 'add', '-q', '-b', 'other', join(temp.path, 'linked'))
  expect(await readRepositoryStatus(join(temp.path, 'linked'))).toMatchObject({
    branch: 'other',
    isClean: true,
  })
  git(
    main,
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    makeRepository(join(temp.path, 'lib')),
    'lib',
  )
  expect(await readRepositoryStatus(join(main, 'lib'))).toMatchObject({
    branch: 'main',
    isClean: true,
  })
})

test('lists branches with odd names and files with odd names', async () => {
  await using temp = tempFolder()
  const path = makeRepository(join(temp.path, 'r'), {
    '-dash': '',
    'q"uote\n.txt': '',
    'dir/ü': '',
  })
  git(path, 'branch', `it's-"quoted"`)
  const branches = await listBranches(path)
  expect(branches.map(({ name, isCurrent }) => `${name} ${isCurrent}`).sort()).toEqual([
    `it's-"quoted" false`,
    'main true',
  ])
  expect((await listFiles(path)).files.sort()).toEqual(['-dash', 'dir/ü', 'q"uote\n.txt'])
  expect(await listFiles(path, { maxFiles: 1 })).toMatchObject({ isCut: true })
  await expect(listFiles(path, { ref: '--output=/tmp/evil' })).rejects.toMatchObject({
    code: 'bad_ref',
  })
})

test('programs named in a repository are not run by looking at it', async () => {
  await using temp = tempFolder()
  const path = makeRepository(join(temp.path, 'r'), {
    'a.txt': 'one\n',
    '.gitattributes': '*.txt filter=evil diff=evil\n',
  })
  const mark = join(temp.path, 'ran')
  const evil = `touch ${mark}; cat`
  for (const key of [
    'filter.evil.clean',
    'filter.evil.process',
    'core.fsmonitor',
    'core.pager',
    'diff.evil.textconv',
    'core.sshCommand',
  ])
    git(path, 'config', key, evil)
  write(path, { '.git/hooks/post-index-change': `#!/bin/sh\ntouch ${mark}\n`, 'a.txt': 'two\n' })
  const { isClean } = await readRepositoryStatus(path)
  await listBranches(path)
  await listFiles(path)
  expect(isClean).toBe(false)
  expect(existsSync(mark)).toBe(false)
})

test('what is no repository is a clear error, also inside of one', async () => {
  await using temp = tempFolder()
  const path = makeRepository(join(temp.path, 'r'), { 'sub/x': '' })
  for (const other of [temp.path, join(path, 'sub'), join(path, '.git/refs'), '/nonexistent']) {
    await expect(readRepositoryStatus(other)).rejects.toMatchObject({ code: 'not_a_repository' })
  }
  await expect(readRepositoryStatus('relative')).rejects.toMatchObject({ code: 'bad_path' })
  await expect(readRepositoryStatus(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})
