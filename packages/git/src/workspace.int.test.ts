import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isMounted, unmount } from './overlay.ts'
import { openShadow } from './shadow.ts'
import type { Shadow } from './shadow.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'
import {
  checkoutTree,
  createWorkspace,
  moveWorkspaceHead,
  openWorkspace,
  pruneBases,
  recoverWorkspaces,
  removeWorkspace,
  resetWorkspace,
} from './workspace.ts'

const PERSON = { name: 'Ada', email: 'ada@example.org' }
const FILES = { 'a.txt': 'one\n', 'dir/b.txt': 'b\n', '.gitignore': 'ignored/\n' }

async function open(root: string): Promise<{ repo: string; shadow: Shadow; head: string }> {
  const repo = makeRepository(join(root, 'repo'), FILES)
  chmodSync(join(repo, 'dir/b.txt'), 0o755)
  symlinkSync('/etc', join(repo, 'link'))
  git(repo, 'add', '-A')
  git(repo, 'commit', '-q', '-m', 'second')
  const shadow = await openShadow({ shadowPath: join(root, 'shadow'), repositoryPath: repo })
  return { repo, shadow, head: await shadow.resolveCommit('HEAD') }
}

const commitOf = (shadow: Shadow, tree: string, parent: string): Promise<string> =>
  shadow.commitTree({
    tree,
    parents: [parent],
    message: 'agent',
    author: PERSON,
    committer: PERSON,
    at: new Date(1e12),
  })

// `auto` is an overlay where the tests may mount, and the same as `checkout` elsewhere: one behaviour for both.
for (const mode of ['auto', 'checkout'] as const) {
  test(`${mode}: a workspace holds the commit, git works inside for looking, and the user's repository sees nothing`, async () => {
    await using temp = tempFolder()
    const { repo, shadow, head } = await open(temp.path)
    const before =
      readdirSync(join(repo, '.git')).join() +
      git(repo, 'for-each-ref') +
      git(repo, 'worktree', 'list')
    const workspace = await createWorkspace({
      shadow,
      path: join(temp.path, 'ws'),
      commit: head,
      branch: 'sluice/fix',
      mode,
    })
    const { workTree } = workspace
    expect(readFileSync(join(workTree, 'a.txt'), 'utf8')).toBe('one\n')
    expect(git(workTree, 'status', '--porcelain=v1', '-b').trim()).toBe('## sluice/fix')
    expect(git(workTree, 'log', '--format=%s').trim()).toBe('second\nfirst')
    write(workTree, { 'a.txt': 'two\n', 'new "file".txt': 'n' })
    expect(git(workTree, 'diff', 'main', '--stat')).toContain('a.txt')
    const { tree } = await shadow.snapshotTree(workspace)
    expect(
      (await shadow.changedFiles(head, tree)).map(({ status, path }) => `${status} ${path}`),
    ).toEqual(['M a.txt', 'A new "file".txt'])

    const commit = await commitOf(shadow, tree, head)
    const moved = await moveWorkspaceHead({ shadow, workspace, commit })
    expect(moved).toMatchObject({ commit, tree })
    expect(git(workTree, 'status', '--porcelain').trim()).toBe('')
    expect(
      readdirSync(join(repo, '.git')).join() +
        git(repo, 'for-each-ref') +
        git(repo, 'worktree', 'list'),
    ).toBe(before)
    await removeWorkspace(workspace.path)
    await removeWorkspace(workspace.path)
    expect(existsSync(workspace.path)).toBe(false)
  })

  test(`${mode}: changes survive a restart, and creating again opens what is there`, async () => {
    await using temp = tempFolder()
    const { shadow, head } = await open(temp.path)
    const path = join(temp.path, 'ws')
    const workspace = await createWorkspace({ shadow, path, commit: head, mode })
    write(workspace.workTree, { 'kept.txt': 'work\n' })
    // What a restart of the machine does to a mount.
    await unmount(workspace.workTree)
    mkdirSync(join(temp.path, 'half/upper'), { recursive: true })
    const { workspaces, broken } = await recoverWorkspaces(temp.path)
    expect(workspaces).toEqual([workspace])
    expect(broken.map((one) => one.path)).toContain(join(temp.path, 'half'))
    expect(readFileSync(join(path, 'tree/kept.txt'), 'utf8')).toBe('work\n')
    expect(await createWorkspace({ shadow, path, commit: head, mode })).toEqual(workspace)
    // The cached checkout may be deleted by hand: it is made again.
    await unmount(workspace.workTree)
    rmSync(join(shadow.path, 'bases'), { recursive: true, force: true })
    await openWorkspace(path)
    expect(readFileSync(join(path, 'tree/kept.txt'), 'utf8')).toBe('work\n')
    expect(readFileSync(join(path, 'tree/a.txt'), 'utf8')).toBe('one\n')
    expect(
      (await shadow.changedFiles(head, (await shadow.snapshotTree(workspace)).tree)).map(
        (file) => file.path,
      ),
    ).toEqual(['kept.txt'])
  })

  test(`${mode}: resetting sets exactly the tree and keeps ignored files`, async () => {
    await using temp = tempFolder()
    const { shadow, head } = await open(temp.path)
    const workspace = await createWorkspace({
      shadow,
      path: join(temp.path, 'ws'),
      commit: head,
      mode,
    })
    const before = (await shadow.snapshotTree(workspace)).tree
    write(workspace.workTree, { 'a.txt': 'x', 'deep/new.txt': 'n', 'ignored/dep.js': 'dep' })
    rmSync(join(workspace.workTree, 'dir'), { recursive: true })
    await resetWorkspace({ shadow, workspace, tree: before })
    expect(readdirSync(workspace.workTree).sort()).toEqual([
      '.git',
      '.gitignore',
      'a.txt',
      'dir',
      'ignored',
      'link',
    ])
    expect((await shadow.snapshotTree(workspace)).tree).toBe(before)
  })

  test(`${mode}: a gate's checkout is exactly the tree in every round, whatever the gate left behind`, async () => {
    await using temp = tempFolder()
    const { shadow, head } = await open(temp.path)
    const first = await shadow.resolveTree(head)
    const path = join(temp.path, 'gate')
    const workspace = await createWorkspace({
      shadow,
      path: join(temp.path, 'ws'),
      commit: head,
      mode,
    })
    write(workspace.workTree, { 'a.txt': 'changed\n', 'added.txt': 'x' })
    rmSync(join(workspace.workTree, 'dir'), { recursive: true })
    const second = (await shadow.snapshotTree(workspace)).tree
    for (const tree of [first, second, first]) {
      const gate = await checkoutTree({ shadow, tree, path, mode })
      const names = (await shadow.listTree(tree)).map((entry) => entry.path.split('/')[0] ?? '')
      expect(readdirSync(gate.workTree).sort()).toEqual([...new Set([...names, '.git'])].sort())
      expect(
        (
          await shadow.snapshotTree({
            workTree: gate.workTree,
            indexFile: join(temp.path, `check-${tree}`),
          })
        ).tree,
      ).toBe(tree)
      write(gate.workTree, { 'ignored/cache': 'left', 'a.txt': 'spoiled', 'deep/er/x': 'y' })
      makeRepository(join(gate.workTree, 'nested'))
      rmSync(join(gate.workTree, 'link'), { force: true })
      symlinkSync(temp.path, join(gate.workTree, 'outward'))
      mkdirSync(join(gate.workTree, 'closed'))
      writeFileSync(join(gate.workTree, 'closed/x'), '')
      chmodSync(join(gate.workTree, 'closed'), 0o000)
    }
    expect(existsSync(join(temp.path, 'repo/a.txt'))).toBe(true)
    await removeWorkspace(path)
  })
}

test('a commit that differs little stands on the base of another, and unused bases can be pruned', async () => {
  await using temp = tempFolder()
  const { shadow, head, repo } = await open(temp.path)
  const first = await createWorkspace({ shadow, path: join(temp.path, 'one'), commit: head })
  write(repo, { 'a.txt': 'later\n' })
  rmSync(join(repo, 'dir'), { recursive: true })
  git(repo, 'commit', '-q', '-am', 'later')
  const second = await createWorkspace({
    shadow,
    path: join(temp.path, 'two'),
    commit: await shadow.resolveCommit('HEAD'),
  })
  expect(second.kind).toBe(first.kind)
  expect(second.base).toBe(first.base)
  expect(git(second.workTree, 'status', '--porcelain').trim()).toBe('')
  expect(readFileSync(join(first.workTree, 'a.txt'), 'utf8')).toBe('one\n')
  expect(
    await pruneBases({
      shadowPath: shadow.path,
      inUse: first.base === null ? [] : [first.base],
      keep: 0,
    }),
  ).toEqual([])
  await removeWorkspace(first.path)
  await removeWorkspace(second.path)
  expect(await pruneBases({ shadowPath: shadow.path, inUse: [], keep: 0 })).toEqual(
    first.base === null ? [] : [first.base],
  )
  expect(await isMounted(first.workTree)).toBe(false)
})

test('a working tree that several remove at once is gone, and none of them failed', async () => {
  await using temp = tempFolder()
  const { shadow, head } = await open(temp.path)
  for (let round = 0; round < 5; round += 1) {
    const { path } = await createWorkspace({
      shadow,
      path: join(temp.path, `ws-${round}`),
      commit: head,
    })
    await Promise.all(Array.from({ length: 4 }, () => removeWorkspace(path)))
    expect(existsSync(path)).toBe(false)
  }
})

test('a folder that is not ours is never deleted, and odd paths are served', async () => {
  await using temp = tempFolder()
  const { shadow, head } = await open(temp.path)
  write(temp.path, { 'mine/letter.txt': 'dear' })
  await expect(
    createWorkspace({ shadow, path: join(temp.path, 'mine'), commit: head }),
  ).rejects.toMatchObject({ code: 'destination_exists' })
  await expect(
    checkoutTree({ shadow, path: join(temp.path, 'mine'), tree: head }),
  ).rejects.toMatchObject({ code: 'destination_exists' })
  await expect(openWorkspace(join(temp.path, 'mine'))).rejects.toMatchObject({
    code: 'workspace_lost',
  })
  const odd = await createWorkspace({ shadow, path: join(temp.path, 'a,b:c "d"'), commit: head })
  expect(odd.kind).toBe('checkout')
  expect(git(odd.workTree, 'status', '--porcelain').trim()).toBe('')
  await expect(
    createWorkspace({ shadow, path: join(temp.path, 'ws'), commit: 'f'.repeat(40) }),
  ).rejects.toMatchObject({ name: 'GitError' })
})
