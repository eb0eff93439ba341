import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  agentTree,
  captureWorkingState,
  commitInPlace,
  dropWorkingState,
  restoreWorkingState,
} from './in-place.ts'
import { openShadow } from './shadow.ts'
import type { Shadow } from './shadow.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'

const PERSON = { name: 'Ada', email: 'ada@example.org' }
const LINES = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'

async function open(
  root: string,
  files: Record<string, string> = { 'a.txt': LINES, 'b.txt': 'b\n', '.gitignore': 'ignored/\n' },
): Promise<{ repo: string; shadow: Shadow }> {
  const repo = makeRepository(join(root, 'repo'), files)
  return {
    repo,
    shadow: await openShadow({ shadowPath: join(root, 'shadow'), repositoryPath: repo }),
  }
}

const capture = (
  shadow: Shadow,
  workTree: string,
  maxIgnoredBytes = 1e6,
): ReturnType<typeof captureWorkingState> =>
  captureWorkingState({ shadow, workTree, maxIgnoredBytes })

async function commitOf(
  shadow: Shadow,
  tree: string | undefined,
  head: string | null,
): Promise<string> {
  return shadow.commitTree({
    tree: tree ?? '',
    parents: head === null ? [] : [head],
    message: 'agent',
    author: PERSON,
    committer: PERSON,
    at: new Date(1e12),
  })
}

const secondOf = (ms: number) => Math.floor(ms / 1000)

/** Edits a file, to the same size, within the second in which the index was written: git can tell by the content only. */
async function editWithinTheIndexesSecond(repo: string, path: string, text: string): Promise<void> {
  const index = join(repo, '.git/index')
  const file = join(repo, path)
  do {
    git(repo, 'reset', '--quiet', '--hard')
    writeFileSync(file, text)
  } while (secondOf(statSync(index).mtimeMs) !== secondOf(statSync(file).mtimeMs))
  // A copy of the index made from here on is younger by whole seconds.
  await expect.poll(() => secondOf(Date.now())).toBeGreaterThan(secondOf(statSync(file).mtimeMs))
}

test('an edit made within the second of the last git command is recorded, put back and still shown by git', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  await editWithinTheIndexesSecond(repo, 'b.txt', 'B\n')
  const state = await capture(shadow, repo)
  write(repo, { 'b.txt': 'agent\n', 'a.txt': 'agent\n' })
  await restoreWorkingState({ shadow, workTree: repo, state })
  expect(readFileSync(join(repo, 'b.txt'), 'utf8')).toBe('B\n')
  expect(git(repo, 'status', '--porcelain')).toBe(' M b.txt\n')
})

test('such an edit is still shown by git after a restore that had nothing to do, and after a commit in place', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  await editWithinTheIndexesSecond(repo, 'b.txt', 'B\n')
  const state = await capture(shadow, repo)
  await restoreWorkingState({ shadow, workTree: repo, state })
  expect(git(repo, '-c', 'core.fsmonitor=false', 'diff', '--name-only')).toBe('b.txt\n')
  await editWithinTheIndexesSecond(repo, 'b.txt', 'B\n')
  const again = await capture(shadow, repo)
  write(repo, { 'a.txt': LINES.replace('9', 'nine') })
  const { tree } = await agentTree({ shadow, workTree: repo, state: again })
  const commit = await commitOf(shadow, tree, again.head)
  await commitInPlace({ shadow, workTree: repo, state: again, commit })
  expect(git(repo, 'diff', '--name-only')).toBe('b.txt\n')
  expect(git(repo, 'show', '--name-only', '--format=', 'HEAD')).toBe('a.txt\n')
})

test("the agent's lines are committed, the user's staged and unstaged lines of the same file stay", async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  write(repo, { 'a.txt': LINES.replace('5', 'staged') })
  git(repo, 'add', 'a.txt')
  write(repo, {
    'a.txt': LINES.replace('5', 'staged').replace('9', 'unstaged'),
    'mine.txt': 'untracked',
  })
  const state = await capture(shadow, repo)
  write(repo, {
    'a.txt': LINES.replace('5', 'staged').replace('9', 'unstaged').replace('1', 'agent'),
    'new.txt': 'agent',
  })
  const { tree } = await agentTree({ shadow, workTree: repo, state })
  expect(
    (await shadow.changedFiles(state.head ?? '', tree ?? '')).map(
      ({ status, path }) => `${status} ${path}`,
    ),
  ).toEqual(['M a.txt', 'A new.txt'])
  const commit = await commitOf(shadow, tree, state.head)
  const input = { shadow, workTree: repo, state, commit }
  expect(await commitInPlace(input)).toEqual({ branch: 'main', commit })
  const status = git(repo, 'status', '--porcelain')
  expect(status).toBe('MM a.txt\n?? mine.txt\n')
  expect(git(repo, 'show', 'HEAD:a.txt')).toBe(LINES.replace('1', 'agent'))
  expect(git(repo, 'show', ':a.txt')).toBe(LINES.replace('1', 'agent').replace('5', 'staged'))
  expect(await commitInPlace(input)).toEqual({ branch: 'main', commit })
  expect(git(repo, 'status', '--porcelain')).toBe(status)
})

test("a change on top of the user's own edit is a typed overlap", async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  write(repo, { 'a.txt': LINES.replace('5', 'mine'), 'mine.txt': 'untracked' })
  const state = await capture(shadow, repo)
  write(repo, { 'a.txt': LINES.replace('5', 'agent'), 'mine.txt': 'changed' })
  const { overlap, tree } = await agentTree({ shadow, workTree: repo, state })
  expect(tree).toBeUndefined()
  expect(overlap?.paths.sort()).toEqual(['a.txt', 'mine.txt'])
})

test('a commit that was cut off between its two halves is finished by doing it again', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const state = await capture(shadow, repo)
  write(repo, { 'a.txt': 'agent\n' })
  const commit = await commitOf(
    shadow,
    (await agentTree({ shadow, workTree: repo, state })).tree,
    state.head,
  )
  const index = readFileSync(join(repo, '.git/index'))
  await commitInPlace({ shadow, workTree: repo, state, commit })
  // As a kill after the branch moved leaves it: old index, and our lock.
  writeFileSync(join(repo, '.git/index'), index)
  writeFileSync(join(repo, '.git/index.sluice'), 'half')
  linkSync(join(repo, '.git/index.sluice'), join(repo, '.git/index.lock'))
  expect(git(repo, 'status', '--porcelain')).not.toBe('')
  await commitInPlace({ shadow, workTree: repo, state, commit })
  expect(git(repo, 'status', '--porcelain')).toBe('')
  expect(existsSync(join(repo, '.git/index.lock'))).toBe(false)
})

test("a lock of the user's own git is respected and said", async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const state = await capture(shadow, repo)
  write(repo, { '.git/index.lock': '', 'a.txt': 'agent' })
  await expect(restoreWorkingState({ shadow, workTree: repo, state })).rejects.toMatchObject({
    code: 'repository_locked',
  })
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('agent')
  expect(existsSync(join(repo, '.git/index.lock'))).toBe(true)
})

test('nothing is restored or committed once HEAD is elsewhere', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const state = await capture(shadow, repo)
  write(repo, { 'b.txt': 'agent\n' })
  const commit = await commitOf(
    shadow,
    (await agentTree({ shadow, workTree: repo, state })).tree,
    state.head,
  )
  git(repo, 'commit', '-q', '--allow-empty', '-m', "the user's")
  await expect(restoreWorkingState({ shadow, workTree: repo, state })).rejects.toMatchObject({
    code: 'head_moved',
  })
  await expect(commitInPlace({ shadow, workTree: repo, state, commit })).rejects.toMatchObject({
    code: 'head_moved',
  })
  expect(git(repo, 'status', '--porcelain')).toBe(' M b.txt\n')
  git(repo, 'checkout', '-q', '--detach')
  const detached = await capture(shadow, repo)
  await expect(
    commitInPlace({ shadow, workTree: repo, state: detached, commit }),
  ).rejects.toMatchObject({ code: 'detached_head' })
  write(repo, { '.git/MERGE_HEAD': `${'1'.repeat(40)}\n` })
  await expect(capture(shadow, repo)).rejects.toMatchObject({ code: 'operation_in_progress' })
})

test('too many ignored bytes name the biggest folders, and protected folders do not count', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path, {
    'a.txt': 'x',
    '.gitignore': 'node_modules/\n*.log\n',
  })
  write(repo, {
    'node_modules/big/x': 'x'.repeat(5000),
    'node_modules/y': 'y',
    'pkg.log': 'z'.repeat(2000),
  })
  await expect(capture(shadow, repo, 6000)).rejects.toMatchObject({
    code: 'ignored_too_large',
    details: {
      totalBytes: 7001,
      folders: [
        { path: 'node_modules', bytes: 5001 },
        { path: 'pkg.log', bytes: 2000 },
      ],
    },
  })
  const state = await captureWorkingState({
    shadow,
    workTree: repo,
    maxIgnoredBytes: 6000,
    protectedPaths: ['node_modules'],
  })
  expect(state.ignoredBytes).toBe(2000)
  write(repo, { 'node_modules/y': 'not touched', 'pkg.log': 'agent' })
  await restoreWorkingState({ shadow, workTree: repo, state })
  expect(readFileSync(join(repo, 'node_modules/y'), 'utf8')).toBe('not touched')
  expect(readFileSync(join(repo, 'pkg.log'), 'utf8')).toBe('z'.repeat(2000))
})

test('nested repositories, hard links, odd modes and a split index come back', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const nested = makeRepository(join(repo, 'nested'))
  write(repo, { 'ignored/one': 'same', 'b.txt': 'edited' })
  linkSync(join(repo, 'ignored/one'), join(temp.path, 'outside'))
  chmodSync(join(repo, 'b.txt'), 0o4710)
  mkdirSync(join(repo, 'empty/deeper'), { recursive: true })
  chmodSync(join(repo, 'empty'), 0o711)
  git(repo, 'update-index', '--split-index')
  const index = readFileSync(join(repo, '.git/index'))
  const nestedHead = git(nested, 'rev-parse', 'HEAD')
  const state = await capture(shadow, repo)
  // Written through one name, so every other name of the file has it too.
  writeFileSync(join(repo, 'ignored/one'), 'AGENT')
  rmSync(join(nested, '.git'), { recursive: true })
  rmSync(join(repo, 'empty'), { recursive: true })
  writeFileSync(join(repo, 'b.txt'), 'agent!')
  chmodSync(join(repo, 'b.txt'), 0o600)
  await restoreWorkingState({ shadow, workTree: repo, state })
  expect(readFileSync(join(temp.path, 'outside'), 'utf8')).toBe('same')
  expect(git(nested, 'rev-parse', 'HEAD')).toBe(nestedHead)
  expect(statSync(join(repo, 'empty')).mode & 0o7777).toBe(0o711)
  expect(existsSync(join(repo, 'empty/deeper'))).toBe(true)
  expect(statSync(join(repo, 'b.txt')).mode & 0o7777).toBe(0o4710)
  expect(readFileSync(join(repo, '.git/index')).equals(index)).toBe(true)
  await dropWorkingState({ shadow, state })
  await dropWorkingState({ shadow, state })
})

test('works in a linked worktree and in a repository without commits', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const linked = join(temp.path, 'linked')
  git(repo, 'worktree', 'add', '-q', '-b', 'side', linked)
  const state = await capture(shadow, linked)
  write(linked, { 'b.txt': 'agent\n' })
  const commit = await commitOf(
    shadow,
    (await agentTree({ shadow, workTree: linked, state })).tree,
    state.head,
  )
  expect(await commitInPlace({ shadow, workTree: linked, state, commit })).toEqual({
    branch: 'side',
    commit,
  })
  expect(git(linked, 'status', '--porcelain')).toBe('')
  expect(git(repo, 'status', '--porcelain')).toBe('')

  const empty = makeRepository(join(temp.path, 'empty'), {})
  write(empty, { 'mine.txt': 'mine' })
  const other = await openShadow({ shadowPath: join(temp.path, 'shadow2'), repositoryPath: empty })
  const before = await capture(other, empty)
  write(empty, { 'first.txt': 'agent' })
  const { tree } = await agentTree({ shadow: other, workTree: empty, state: before })
  const root = await commitOf(other, tree, null)
  await commitInPlace({ shadow: other, workTree: empty, state: before, commit: root })
  expect(git(empty, 'status', '--porcelain')).toBe('?? mine.txt\n')
  expect(git(empty, 'ls-tree', '--name-only', 'HEAD')).toBe('first.txt\n')
})
