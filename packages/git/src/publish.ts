/** What happens after a person approved: commits go into the user's repository, branches move, and are pushed. */

import { advanceBranch, readBranch } from './advance.ts'
import { commitTree } from './commits.ts'
import { GitError } from './errors.ts'
import { locate } from './locate.ts'
import { mergeCommits, mergeTrees } from './merge.ts'
import { progressReader } from './progress.ts'
import type { TransferProgress } from './progress.ts'
import { branchRef, requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import { copyCommit } from './transfer.ts'
import type { CallOptions, MergeConflicts, Oid, Person } from './types.ts'

const PUSH_TIMEOUT_MS = 30 * 60 * 1000

/**
 * Brings a commit of the shadow into the user's repository and moves a branch to it by compare-and-set. Exactly once:
 * repeating it after success is a success with `isNew: false`. `expectedOld` null means that the branch must not
 * exist. Where the branch is checked out, the working tree follows if nothing would be lost.
 * @throws GitError `ref_moved` (details: `expected`, `actual`), `ref_exists`, `bad_name`, `dirty_work_tree`,
 * `operation_in_progress`, `missing_object`
 */
export async function publishCommit(
  input: CallOptions & {
    shadow: ShadowFolder
    commit: Oid
    branch: string
    expectedOld: Oid | null
  },
): Promise<{ branch: string; commit: Oid; isNew: boolean }> {
  const { shadow, commit, branch, expectedOld, ...options } = input
  requireOid(commit)
  branchRef(branch)
  const actual = await readBranch(shadow, branch, options)
  if (actual === commit) return { branch, commit, isNew: false }
  if (actual !== expectedOld) {
    throw new GitError('ref_moved', `The branch ${branch} has moved meanwhile.`, {
      details: { branch, expected: expectedOld, actual },
    })
  }
  await copyCommit(shadow, commit, options)
  await advanceBranch({
    ...options,
    folder: shadow,
    branch,
    from: expectedOld,
    to: commit,
    reason: 'sluice: commit',
  })
  return { branch, commit, isNew: true }
}

/** `fast-forward`: only that; `merge`: always a merge commit; `auto`: a merge commit where it is needed. */
export type MergeStrategy = 'fast-forward' | 'merge' | 'auto'

/**
 * Merges a commit of the shadow into a base branch of the user's repository. Idempotent: what is merged already says
 * `already`. Where the base is checked out, its working tree follows if nothing of the user's would be lost.
 * @throws GitError `bad_ref` (no such base), `not_fast_forward`, `conflict` (details: `paths`, `messages`),
 * `dirty_work_tree` (details: `workTree`, `paths`), `operation_in_progress`, `ref_moved`
 */
export async function mergeIntoBase(
  input: CallOptions & {
    shadow: ShadowFolder
    base: string
    commit: Oid
    strategy: MergeStrategy
    /** Of a merge commit; default `Merge into BASE`. */
    message?: string
    author: Person
    at: Date
  },
): Promise<{ commit: Oid; kind: 'already' | 'fast-forward' | 'merge'; workTreeUpdated: boolean }> {
  const { shadow, base, commit, strategy, message, author, at, ...options } = input
  requireOid(commit)
  const tip = await readBranch(shadow, base, options)
  if (tip === null)
    throw new GitError('bad_ref', `There is no branch ${base}.`, { details: { base } })
  if (await isAncestor(shadow, commit, tip, options))
    return { commit: tip, kind: 'already', workTreeUpdated: false }
  const canFastForward = await isAncestor(shadow, tip, commit, options)
  if (!canFastForward && strategy === 'fast-forward') {
    throw new GitError(
      'not_fast_forward',
      `The branch ${base} has commits that this change was not made on.`,
      {
        details: { base, tip },
      },
    )
  }
  const kind = canFastForward && strategy !== 'merge' ? 'fast-forward' : 'merge'
  let to = commit
  if (kind === 'merge') {
    const merged = await mergeCommits(shadow, { ...options, ours: tip, theirs: commit })
    if (merged.conflicts !== undefined) {
      const { paths, messages } = merged.conflicts
      throw new GitError(
        'conflict',
        `Merging into ${base} conflicts in ${paths.slice(0, 5).join(', ')}.`,
        {
          details: { base, paths, messages },
        },
      )
    }
    to = await commitTree(shadow, {
      ...options,
      tree: merged.tree,
      parents: [tip, commit],
      message: message ?? `Merge into ${base}`,
      author,
      committer: author,
      at,
    })
  }
  await copyCommit(shadow, to, options)
  const workTreeUpdated = await advanceBranch({
    ...options,
    folder: shadow,
    branch: base,
    from: tip,
    to,
    reason: `sluice: ${kind}`,
  })
  return { commit: to, kind, workTreeUpdated }
}

/**
 * Pushes a branch to a remote of the same name; never forces, never prompts.
 * @throws GitError `remote_rejected`, `auth_failed`, `network`, `bad_name`, `bad_ref`, `timeout`, `aborted`
 */
export async function pushBranch(
  input: CallOptions & {
    repositoryPath: string
    branch: string
    remote?: string
    setUpstream?: boolean
    onProgress?: (progress: TransferProgress) => void
  },
): Promise<{ remote: string; ref: string }> {
  const {
    repositoryPath,
    branch,
    remote = 'origin',
    setUpstream = false,
    onProgress,
    ...options
  } = input
  const ref = branchRef(branch)
  // Remote names obey the rules of branch names; an address in its place would be pushed to as well.
  if (branchRef(remote) === '' || remote.includes(':'))
    throw new GitError('bad_name', 'Not a remote name.')
  const located = await locate(repositoryPath, options)
  await runGit({
    timeoutMs: PUSH_TIMEOUT_MS,
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    args: [
      'push',
      '--porcelain',
      '--progress',
      '--no-recurse-submodules',
      ...(setUpstream ? ['--set-upstream'] : []),
      '--end-of-options',
      remote,
      `${ref}:${ref}`,
    ],
    onStderr: onProgress === undefined ? undefined : progressReader(onProgress),
  })
  return { remote, ref }
}

/** A commit (in the shadow) on `onto` that undoes `commit`; publish it like any other. */
export async function revertCommit(
  input: CallOptions & {
    shadow: ShadowFolder
    commit: Oid
    onto: Oid
    message?: string
    author: Person
    at: Date
  },
): Promise<
  { commit: Oid; conflicts?: undefined } | { commit?: undefined; conflicts: MergeConflicts }
> {
  const { shadow, commit, onto, message, author, at, ...options } = input
  const { stdout } = await runGit({
    ...options,
    gitDir: shadow.path,
    args: ['log', '-1', '--no-show-signature', '--format=%P%n%s', requireOid(commit), '--'],
  })
  const [parents = '', subject = ''] = stdout.toString('utf8').split('\n')
  const parent = parents.split(' ')[0] ?? ''
  if (parent === '')
    throw new GitError('bad_ref', 'The first commit of a repository cannot be reverted.')
  const merged = await mergeTrees(shadow, {
    ...options,
    base: commit,
    ours: requireOid(onto),
    theirs: parent,
  })
  if (merged.conflicts !== undefined) return { conflicts: merged.conflicts }
  const made = await commitTree(shadow, {
    ...options,
    tree: merged.tree,
    parents: [onto],
    message: message ?? `Revert "${subject}"\n\nThis reverts commit ${commit}.`,
    author,
    committer: author,
    at,
  })
  return { commit: made }
}

async function isAncestor(
  shadow: ShadowFolder,
  ancestor: Oid,
  of: Oid,
  options: CallOptions,
): Promise<boolean> {
  const { exitCode } = await runGit({
    ...options,
    gitDir: shadow.path,
    okCodes: [0, 1],
    args: ['merge-base', '--is-ancestor', ancestor, of],
  })
  return exitCode === 0
}
