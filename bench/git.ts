/** Figures of the git package, each beside what plain tools take on the same tree in the same run. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { discoverRepositories } from '@sluice/git/discover'
import { unmount } from '@sluice/git/overlay'
import { openShadow } from '@sluice/git/shadow'
import { readRepositoryStatus } from '@sluice/git/status'
import type { BenchContext } from './context.ts'
import type { Figure } from './figure.ts'
import { checkoutTree, createWorkspace, removeWorkspace } from '@sluice/git/workspace'

/** `scale` shrinks the trees for a trial run; figures that count are taken at 1. */
export type GitBenchContext = Pick<BenchContext, 'folder' | 'signal' | 'log'> & { scale?: number }

const FOLDERS = 100_000
const REPOSITORIES = 2_000
const FILES = 50_000
const ROUNDS = 5

/** Discovery against `find`, workspaces against `git worktree add`, snapshots against `git add -A && git write-tree`. */
export async function benchGit(context: GitBenchContext): Promise<Figure[]> {
  const root = context.folder
  try {
    return [...(await benchDiscovery(root, context)), ...(await benchWorkspace(root, context))]
  } finally {
    // A folder cannot be removed while something is mounted in it.
    for (const name of ['warm', 'edited', 'gate', 'cold']) await unmount(join(root, name, 'tree'))
  }
}

async function benchDiscovery(root: string, context: GitBenchContext): Promise<Figure[]> {
  const { scale = 1, signal, log } = context
  const tree = join(root, 'folders')
  const folders = Math.round(FOLDERS * scale)
  const repositories = Math.round(REPOSITORIES * scale)
  log(`making ${folders} folders with ${repositories} repositories`)
  makeFolders(tree, folders, repositories)
  let first: Awaited<ReturnType<typeof discoverRepositories>> | undefined
  const value = await median(async () => {
    first = await discoverRepositories([tree], { signal })
  })
  if (first?.repositories.length !== repositories) {
    throw new Error(`found ${first?.repositories.length} of ${repositories} repositories`)
  }
  const previous = first.snapshot
  const find = await median(() => execFileSync('find', [tree, '-type', 'd'], { maxBuffer: 1e9 }))
  const again = await median(() => discoverRepositories([tree], { signal, previous }))
  const peer = 'find -type d'
  return [
    compared(
      `git: discovery, ${folders} folders with ${repositories} repositories`,
      value,
      peer,
      find,
    ),
    compared('git: discovery again, nothing changed', again, peer, find),
  ]
}

async function benchWorkspace(root: string, context: GitBenchContext): Promise<Figure[]> {
  const { scale = 1, signal, log } = context
  const repository = join(root, 'repository')
  const files = Math.round(FILES * scale)
  log(`making a repository of ${files} files`)
  makeRepository(repository, files)
  const shadow = await openShadow({
    shadowPath: join(root, 'shadow'),
    repositoryPath: repository,
    signal,
  })
  const commit = await shadow.resolveCommit('HEAD')
  const worktree = await median(
    () => git(repository, 'worktree', 'add', '-q', '--detach', join(root, 'peer')),
    () => git(repository, 'worktree', 'remove', '--force', join(root, 'peer')),
    3,
  )
  const peer = 'git worktree add'
  const started = performance.now()
  const cold = await createWorkspace({ shadow, path: join(root, 'cold'), commit, signal })
  const coldMs = performance.now() - started
  const warm = await median(
    () => createWorkspace({ shadow, path: join(root, 'warm'), commit, signal }),
    () => removeWorkspace(join(root, 'warm')),
  )
  const edited = await createWorkspace({ shadow, path: join(root, 'edited'), commit, signal })
  let round = 0
  const touch = (): void =>
    writeFileSync(join(edited.workTree, 'd1/f1.txt'), `edit ${(round += 1)}\n`)
  touch()
  const snapshot = await median(async () => {
    await shadow.snapshotTree({ ...edited, signal })
    touch()
  })
  const { tree } = await shadow.snapshotTree({ ...edited, signal })
  const plain = await median(() => {
    writeFileSync(join(repository, 'd1/f1.txt'), `edit ${(round += 1)}\n`)
    git(repository, 'add', '-A')
    git(repository, 'write-tree')
  })
  const gate = await median(() => checkoutTree({ shadow, tree, path: join(root, 'gate'), signal }))
  const status = await median(() => readRepositoryStatus(repository, { signal }))
  const plainStatus = await median(() => git(repository, 'status', '--porcelain'))
  const changes = await median(() => shadow.changedFiles(commit, tree, { signal }))
  return [
    compared(
      `git: workspace (${cold.kind}), first of a commit, ${files} files`,
      coldMs,
      peer,
      worktree,
    ),
    compared(
      `git: workspace (${edited.kind}), next of a commit, ${files} files`,
      warm,
      peer,
      worktree,
    ),
    compared('git: clean checkout for gates, next round', gate, peer, worktree),
    compared(
      `git: snapshot after one edit, ${files} files`,
      snapshot,
      'git add -A && git write-tree',
      plain,
    ),
    compared(`git: status of a repository, ${files} files`, status, 'git status', plainStatus),
    { name: 'git: changed files of one edit', unit: 'ms', value: round2(changes) },
  ]
}

/** Five folders a level, so depth and width are like a developer's home; every fiftieth folder is a repository. */
function makeFolders(root: string, count: number, repositories: number): void {
  const every = Math.floor(count / repositories)
  // A repository's own folders are part of the count: `.git` and what git makes in it.
  let made = 0
  let marked = 0
  const queue = [root]
  for (let path = queue.shift(); path !== undefined && made < count; path = queue.shift()) {
    mkdirSync(path, { recursive: true })
    made += 1
    if (marked < repositories && made > every * marked) {
      for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
        mkdirSync(join(path, '.git', part), { recursive: true })
      writeFileSync(join(path, '.git/HEAD'), 'ref: refs/heads/main\n')
      made += 7
      marked += 1
    }
    writeFileSync(join(path, 'file.txt'), '')
    for (let child = 0; child < 5; child += 1) queue.push(join(path, `folder${child}`))
  }
}

function makeRepository(path: string, files: number): void {
  for (let folder = 0; folder * 50 < files; folder += 1) {
    mkdirSync(join(path, `d${folder}`), { recursive: true })
    for (let file = 0; file < 50; file += 1) {
      writeFileSync(join(path, `d${folder}`, `f${file}.txt`), `file ${folder} ${file}\n`.repeat(40))
    }
  }
  git(path, 'init', '-q', '-b', 'main')
  git(path, 'add', '-A')
  git(
    path,
    '-c',
    'user.name=Bench',
    '-c',
    'user.email=bench@example.org',
    'commit',
    '-q',
    '-m',
    'files',
  )
}

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1e9 })
}

/** Median milliseconds of some runs; `after` is not measured. */
async function median(run: () => unknown, after?: () => unknown, rounds = ROUNDS): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now()
    await run()
    times.push(performance.now() - started)
    await after?.()
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
}

function compared(name: string, value: number, peer: string, peerValue: number): Figure {
  return {
    name,
    unit: 'ms',
    value: round2(value),
    peer,
    peerValue: round2(peerValue),
    ratio: round2(value / peerValue),
  }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
