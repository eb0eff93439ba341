import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mergeIntoBase, publishCommit, pushBranch, revertCommit } from './publish.ts'
import { openShadow } from './shadow.ts'
import type { Shadow } from './shadow.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'
import { createWorkspace } from './workspace.ts'

const PERSON = { name: 'Ada', email: 'ada@example.org' }
const AT = new Date('2024-05-06T07:08:09Z')
const LINES = '1\n2\n3\n4\n5\n'

type Setup = {
  repo: string
  shadow: Shadow
  head: string
  change: (files: Record<string, string>, parent?: string) => Promise<string>
}

/** A repository, and a way to make a commit as a task does: in a workspace, in the shadow. */
async function open(root: string): Promise<Setup> {
  const repo = makeRepository(join(root, 'repo'), { 'a.txt': LINES, 'b.txt': 'b\n' })
  const shadow = await openShadow({ shadowPath: join(root, 'shadow'), repositoryPath: repo })
  const head = await shadow.resolveCommit('HEAD')
  let number = 0
  const change: Setup['change'] = async (files, parent = head) => {
    number += 1
    const workspace = await createWorkspace({
      shadow,
      path: join(root, `ws${number}`),
      commit: parent,
    })
    write(workspace.workTree, files)
    const { tree } = await shadow.snapshotTree(workspace)
    return shadow.commitTree({
      tree,
      parents: [parent],
      message: 'change',
      author: PERSON,
      committer: PERSON,
      at: AT,
    })
  }
  return { repo, shadow, head, change }
}

test('publishing makes the branch once, and again is a success that changes nothing', async () => {
  await using temp = tempFolder()
  const { repo, shadow, change } = await open(temp.path)
  const commit = await change({ 'a.txt': 'new\n', 'deep/er/new "file".txt': 'x' })
  expect(existsSync(join(repo, '.git/refs/heads/sluice'))).toBe(false)
  const input = { shadow, commit, branch: 'sluice/fix', expectedOld: null }
  expect(await publishCommit(input)).toMatchObject({ isNew: true })
  const log = git(repo, 'reflog', 'show', 'sluice/fix')
  expect(await publishCommit(input)).toMatchObject({ isNew: false })
  expect(git(repo, 'reflog', 'show', 'sluice/fix')).toBe(log)
  expect(git(repo, 'rev-parse', 'sluice/fix').trim()).toBe(commit)
  expect(git(repo, 'status', '--porcelain')).toBe('')
  // Stands on its own: nothing is borrowed from the shadow.
  rmSync(shadow.path, { recursive: true })
  git(repo, 'fsck', '--strict')
  expect(git(repo, 'show', 'sluice/fix:deep/er/new "file".txt')).toBe('x')
})

test('many objects arrive as a pack, and a second commit on the branch follows the first', async () => {
  await using temp = tempFolder()
  const { repo, shadow, change } = await open(temp.path)
  const first = await change(
    Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f/${at}`, `${at}`])),
  )
  await publishCommit({ shadow, commit: first, branch: 'x', expectedOld: null })
  const second = await change({ 'b.txt': 'second\n' }, first)
  await publishCommit({ shadow, commit: second, branch: 'x', expectedOld: first })
  git(repo, 'fsck', '--strict')
  expect(git(repo, 'log', '--format=%H', 'x').split('\n').slice(0, 2)).toEqual([second, first])
})

test('a branch that moved, names that cannot be, and a blocked name are refused', async () => {
  await using temp = tempFolder()
  const { repo, shadow, head, change } = await open(temp.path)
  const commit = await change({ 'a.txt': 'x' })
  git(repo, 'branch', 'x')
  await expect(
    publishCommit({ shadow, commit, branch: 'x', expectedOld: null }),
  ).rejects.toMatchObject({ code: 'ref_moved', details: { actual: head } })
  await expect(
    publishCommit({ shadow, commit, branch: 'x/y', expectedOld: null }),
  ).rejects.toMatchObject({ code: 'ref_exists' })
  for (const branch of ['-x', 'a b', 'HEAD', '../x'])
    await expect(
      publishCommit({ shadow, commit, branch, expectedOld: null }),
    ).rejects.toMatchObject({ code: 'bad_name' })
  expect(git(repo, 'rev-parse', 'x').trim()).toBe(head)
})

test('fast-forwards a checked out base together with its files, keeping edits that are not in the way', async () => {
  await using temp = tempFolder()
  const { repo, shadow, change } = await open(temp.path)
  const commit = await change({ 'a.txt': 'new\n', 'added.txt': 'x' })
  write(repo, { 'b.txt': 'mine\n', 'untracked.txt': 'mine' })
  const input = { shadow, base: 'main', commit, strategy: 'auto', author: PERSON, at: AT } as const
  expect(await mergeIntoBase(input)).toEqual({
    commit,
    kind: 'fast-forward',
    workTreeUpdated: true,
  })
  expect(await mergeIntoBase(input)).toMatchObject({ kind: 'already' })
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('new\n')
  expect(git(repo, 'status', '--porcelain')).toBe(' M b.txt\n?? untracked.txt\n')
})

test.each([
  ['an edited file', { 'a.txt': 'mine\n' }],
  ['an untracked file', { 'added.txt': 'mine' }],
])('refuses before anything is changed where %s would be overwritten', async (_, mine) => {
  await using temp = tempFolder()
  const { repo, shadow, head, change } = await open(temp.path)
  const commit = await change({ 'a.txt': 'new\n', 'added.txt': 'x' })
  write(repo, mine)
  const [name = '', text = ''] = Object.entries(mine)[0] ?? []
  await expect(
    mergeIntoBase({ shadow, base: 'main', commit, strategy: 'auto', author: PERSON, at: AT }),
  ).rejects.toMatchObject({
    code: 'dirty_work_tree',
    details: { paths: [name], workTree: repo },
  })
  expect(readFileSync(join(repo, name), 'utf8')).toBe(text)
  expect(git(repo, 'rev-parse', 'main').trim()).toBe(head)
})

test('merges where the base went on, in a linked worktree as well, and says what conflicts', async () => {
  await using temp = tempFolder()
  const { repo, shadow, head, change } = await open(temp.path)
  const commit = await change({ 'a.txt': LINES.replace('1', 'ONE') })
  write(repo, { 'a.txt': LINES.replace('5', 'FIVE') })
  git(repo, 'commit', '-q', '-am', 'mine')
  git(repo, 'checkout', '-q', '--detach')
  git(repo, 'worktree', 'add', '-q', join(temp.path, 'linked'), 'main')
  const input = {
    shadow,
    base: 'main',
    commit,
    author: PERSON,
    at: AT,
    message: 'Merge it',
  } as const
  await expect(mergeIntoBase({ ...input, strategy: 'fast-forward' })).rejects.toMatchObject({
    code: 'not_fast_forward',
  })
  expect(await mergeIntoBase({ ...input, strategy: 'auto' })).toMatchObject({
    kind: 'merge',
    workTreeUpdated: true,
  })
  expect(readFileSync(join(temp.path, 'linked/a.txt'), 'utf8')).toBe('ONE\n2\n3\n4\nFIVE\n')
  expect(git(join(temp.path, 'linked'), 'status', '--porcelain')).toBe('')
  expect(git(repo, 'log', '-1', '--format=%s|%an|%P', 'main').trim()).toMatch(
    /^Merge it\|Ada\|[0-9a-f]{40} [0-9a-f]{40}$/,
  )
  const other = await change({ 'a.txt': LINES.replace('1', 'UNO') }, head)
  await expect(mergeIntoBase({ ...input, commit: other, strategy: 'auto' })).rejects.toMatchObject({
    code: 'conflict',
    details: { paths: ['a.txt'] },
  })
})

test('refuses while the user is in the middle of a merge', async () => {
  await using temp = tempFolder()
  const { repo, shadow, change } = await open(temp.path)
  const commit = await change({ 'b.txt': 'x' })
  write(repo, { '.git/MERGE_HEAD': `${'1'.repeat(40)}\n` })
  await expect(
    mergeIntoBase({ shadow, base: 'main', commit, strategy: 'auto', author: PERSON, at: AT }),
  ).rejects.toMatchObject({ code: 'operation_in_progress' })
})

test('pushes to a remote, reports progress, and never forces', async () => {
  await using temp = tempFolder()
  const { repo, shadow, change, head } = await open(temp.path)
  git(temp.path, 'init', '-q', '--bare', 'remote.git')
  git(repo, 'remote', 'add', 'origin', join(temp.path, 'remote.git'))
  const commit = await change({ 'a.txt': 'new\n' })
  await publishCommit({ shadow, commit, branch: 'sluice/x', expectedOld: null })
  const phases: string[] = []
  await pushBranch({
    repositoryPath: repo,
    branch: 'sluice/x',
    onProgress: ({ phase }) => phases.push(phase),
  })
  expect(git(join(temp.path, 'remote.git'), 'rev-parse', 'sluice/x').trim()).toBe(commit)
  expect(phases).toContain('writing objects')
  git(repo, 'branch', '-f', 'sluice/x', head)
  await expect(pushBranch({ repositoryPath: repo, branch: 'sluice/x' })).rejects.toMatchObject({
    code: 'remote_rejected',
  })
  await expect(
    pushBranch({ repositoryPath: repo, branch: 'sluice/x', remote: '--receive-pack=evil' }),
  ).rejects.toMatchObject({ code: 'bad_name' })
  await expect(
    pushBranch({ repositoryPath: repo, branch: 'sluice/x', remote: 'nowhere' }),
  ).rejects.toMatchObject({ name: 'GitError' })
})

test('a revert undoes one commit and keeps what came after', async () => {
  await using temp = tempFolder()
  const { shadow, change } = await open(temp.path)
  const first = await change({ 'a.txt': LINES.replace('1', 'ONE') })
  const second = await change({ 'a.txt': LINES.replace('1', 'ONE').replace('5', 'FIVE') }, first)
  const { commit } = await revertCommit({
    shadow,
    commit: first,
    onto: second,
    author: PERSON,
    at: AT,
  })
  expect((await shadow.readBlob(commit ?? '', 'a.txt')).bytes.toString()).toBe(
    LINES.replace('5', 'FIVE'),
  )
  const third = await change({ 'a.txt': 'all else\n' }, first)
  expect(
    (await revertCommit({ shadow, commit: first, onto: third, author: PERSON, at: AT })).conflicts
      ?.paths,
  ).toEqual(['a.txt'])
})
