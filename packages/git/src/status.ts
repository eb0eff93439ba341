/** How a user's repository stands: branch, last commit, cleanliness, upstream, operation in progress. Reads only. */

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { GitError, isGitError } from './errors.ts'
import { withoutPasswords } from './explain.ts'
import { locate } from './locate.ts'
import type { Located } from './locate.ts'
import { localGuards } from './local-guards.ts'
import { pathFromBytes, splitNul } from './path-text.ts'
import { requireRevision } from './refs.ts'
import { runGit } from './run.ts'
import { parseStatus } from './status-parse.ts'
import type { CallOptions, Oid } from './types.ts'

export type RepositoryOperation = 'none' | 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect'

export type HeadCommit = {
  sha: Oid
  subject: string
  author: { name: string; email: string }
  /** ISO time of the author date. */
  at: string
}

export type RepositoryStatus = {
  /** Branch name; also set on a repository with no commit yet; null when detached. */
  branch: string | null
  /** Null when the repository has no commit. */
  head: HeadCommit | null
  isClean: boolean
  /** Files; one that is both staged and changed again counts in both. */
  counts: { staged: number; unstaged: number; untracked: number; conflicted: number }
  /** Files that are not as in the last commit, each once. */
  changedFiles: number
  upstream: string | null
  /** Null without an upstream, or when the upstream is gone. */
  ahead: number | null
  behind: number | null
  operation: RepositoryOperation
  isBare: boolean
  isDetached: boolean
  /** Addresses have their user names and passwords removed. */
  remotes: Array<{ name: string; url: string }>
}

export type BranchInfo = {
  name: string
  sha: Oid
  isCurrent: boolean
  isRemote: boolean
  upstream: string | null
  subject: string
  /** ISO committer time. */
  at: string
}

/**
 * Reads branch, last commit, cleanliness, distance from upstream and any operation in progress.
 * Never writes to the repository (no index refresh) and runs none of its hooks, monitors or local filters.
 * @throws GitError `not_a_repository`, `dubious_ownership`, `timeout`, `aborted`
 */
export async function readRepositoryStatus(
  path: string,
  options: CallOptions = {},
): Promise<RepositoryStatus> {
  const located = await locate(path, options)
  const [head, remotes, operation, state] = await Promise.all([
    readHead(located, options),
    readRemotes(located, options),
    readOperation(located),
    located.isBare ? readBareState(located, options) : readWorkTreeState(located, options),
  ])
  const { counts, changedFiles, ...rest } = state
  return {
    ...rest,
    head,
    counts,
    changedFiles,
    isClean: changedFiles === 0,
    operation,
    isBare: located.isBare,
    isDetached: state.branch === null,
    remotes,
  }
}

/** Local and remote branches, newest commit first. */
export async function listBranches(path: string, options: CallOptions = {}): Promise<BranchInfo[]> {
  const located = await locate(path, options)
  const format = [
    'refname',
    'symref',
    'objectname',
    'HEAD',
    'upstream:short',
    'committerdate:iso-strict',
    'contents:subject',
  ]
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    args: [
      'for-each-ref',
      '--sort=-committerdate',
      `--format=${format.map((field) => `%(${field})`).join('%00')}%00`,
      'refs/heads/',
      'refs/remotes/',
    ],
  })
  const fields = splitNul(stdout).map((field) => pathFromBytes(field).replace(/^\n/, ''))
  const branches: BranchInfo[] = []
  for (let at = 0; at + format.length <= fields.length; at += format.length) {
    const [ref = '', symref, sha = '', current, upstream, date = '', subject = ''] = fields.slice(
      at,
      at + format.length,
    )
    // `refs/remotes/origin/HEAD` is another name for a branch that is listed anyway.
    if (symref !== '') continue
    branches.push({
      name: ref.replace(/^refs\/(heads|remotes)\//, ''),
      sha,
      isCurrent: current === '*',
      isRemote: ref.startsWith('refs/remotes/'),
      upstream: upstream === '' ? null : (upstream ?? null),
      subject,
      at: new Date(date).toISOString(),
    })
  }
  return branches
}

/** All file paths of a commit or tree (default HEAD), as path texts in git's order; empty without a commit. */
export async function listFiles(
  path: string,
  options: CallOptions & { ref?: string; maxFiles?: number } = {},
): Promise<{ files: string[]; isCut: boolean }> {
  const { ref = 'HEAD', maxFiles = 200_000, ...call } = options
  const located = await locate(path, call)
  try {
    const { stdout } = await runGit({
      ...call,
      trust: 'user',
      gitDir: located.gitDir,
      args: [
        'ls-tree',
        '-r',
        '-z',
        '--full-tree',
        '--name-only',
        '--end-of-options',
        requireRevision(ref),
      ],
    })
    const names = splitNul(stdout)
    return {
      files: names.slice(0, maxFiles).map((name) => pathFromBytes(name)),
      isCut: names.length > maxFiles,
    }
  } catch (error) {
    if (ref === 'HEAD' && isGitError(error) && (await readHead(located, call)) === null)
      return { files: [], isCut: false }
    throw error
  }
}

/** The operation that a repository is in the middle of, from the files that git keeps for it. */
export async function readOperation(
  located: Pick<Located, 'gitDir'>,
): Promise<RepositoryOperation> {
  const marks: ReadonlyArray<readonly [string, RepositoryOperation]> = [
    ['rebase-merge', 'rebase'],
    ['rebase-apply', 'rebase'],
    ['MERGE_HEAD', 'merge'],
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REVERT_HEAD', 'revert'],
    ['BISECT_LOG', 'bisect'],
  ]
  const found = await Promise.all(
    marks.map(([file]) =>
      access(join(located.gitDir, file)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return marks.find((_, at) => found[at])?.[1] ?? 'none'
}

/** HEAD's commit, null when there is none yet. */
export async function readHead(located: Located, options: CallOptions): Promise<HeadCommit | null> {
  const { stdout, exitCode } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 128],
    args: [
      'log',
      '-1',
      '--no-show-signature',
      '--no-notes',
      '-z',
      '--format=%H%x00%an%x00%ae%x00%aI%x00%s',
      'HEAD',
      '--',
    ],
  })
  if (exitCode !== 0) {
    await requireUnbornHead(located, options)
    return null
  }
  const [sha = '', name = '', email = '', at = '', subject = ''] = splitNul(stdout).map((field) =>
    field.toString('utf8'),
  )
  return { sha, subject, author: { name, email }, at: new Date(at).toISOString() }
}

/** Tells a repository without a commit from a broken one. */
async function requireUnbornHead(located: Located, options: CallOptions): Promise<void> {
  const symbolic = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: ['symbolic-ref', '-q', 'HEAD'],
  })
  const ref = symbolic.stdout.toString('utf8').replace(/\n$/, '')
  const known =
    ref === ''
      ? 0
      : (
          await runGit({
            ...options,
            trust: 'user',
            gitDir: located.gitDir,
            okCodes: [0, 1],
            args: ['show-ref', '--verify', '-q', '--', ref],
          })
        ).exitCode
  if (known === 0)
    throw new GitError('missing_object', 'HEAD points at a commit that is missing or damaged.', {
      details: { ref },
    })
}

async function readRemotes(
  located: Located,
  options: CallOptions,
): Promise<RepositoryStatus['remotes']> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: ['config', '-z', '--get-regexp', '^remote\\..*\\.url$'],
  })
  return splitNul(stdout).map((field) => {
    const text = field.toString('utf8')
    const at = text.indexOf('\n')
    return {
      name: text.slice('remote.'.length, at - '.url'.length),
      url: withoutPasswords(text.slice(at + 1)),
    }
  })
}

async function readWorkTreeState(
  located: Located,
  options: CallOptions,
): Promise<ReturnType<typeof parseStatus>> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    workTree: located.workTree ?? undefined,
    config: await localGuards(located, options),
    args: [
      'status',
      '--porcelain=v2',
      '--branch',
      '--ahead-behind',
      '-z',
      '--untracked-files=normal',
      '--ignore-submodules=dirty',
    ],
  })
  return parseStatus(stdout)
}

async function readBareState(
  located: Located,
  options: CallOptions,
): Promise<ReturnType<typeof parseStatus>> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: ['symbolic-ref', '-q', '--short', 'HEAD'],
  })
  const branch = stdout.toString('utf8').replace(/\n$/, '')
  return {
    branch: branch === '' ? null : branch,
    upstream: null,
    ahead: null,
    behind: null,
    counts: { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 },
    changedFiles: 0,
  }
}
