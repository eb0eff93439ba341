/** Moves a branch of the user's repository by compare-and-set; where it is checked out, the working tree follows. */

import { stat } from 'node:fs/promises'
import { GitError, isGitError } from './errors.ts'
import { locate, requireWorkTree } from './locate.ts'
import { pathFromBytes, splitNul } from './path-text.ts'
import { branchRef } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import { readOperation } from './status.ts'
import type { CallOptions, Oid } from './types.ts'

export type AdvanceInput = CallOptions & {
  folder: ShadowFolder
  branch: string
  /** Null: the branch must not exist. */
  from: Oid | null
  to: Oid
  reason: string
}

/** The branch's commit, null when it does not exist. */
export async function readBranch(
  folder: ShadowFolder,
  branch: string,
  options: CallOptions,
): Promise<Oid | null> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: folder.userGitDir,
    okCodes: [0, 1],
    args: ['show-ref', '--verify', '--hash', '--', branchRef(branch)],
  }).catch((error: unknown) => {
    // git 2.39 says "not a valid ref" with 128 for what does not exist.
    if (isGitError(error) && /not a valid ref/.test(error.stderr))
      return { stdout: Buffer.alloc(0) }
    throw error
  })
  const oid = stdout.toString('latin1').trim()
  return oid === '' ? null : oid
}

/**
 * @returns whether a working tree was updated
 * @throws GitError `ref_moved`, `ref_exists`, `dirty_work_tree`, `operation_in_progress`, `repository_locked`
 */
export async function advanceBranch(input: AdvanceInput): Promise<boolean> {
  const { folder, branch, from, to, reason, ...options } = input
  const workTree = from === null ? undefined : await findCheckout(folder, branch, options)
  if (workTree !== undefined && from !== null) await moveFiles(workTree, from, to, options)
  try {
    await moveRef(folder, branch, from, to, reason, options)
  } catch (error) {
    // Back, so that the files never belong to a commit that the branch is not at.
    if (workTree !== undefined && from !== null) await moveFiles(workTree, to, from, {})
    throw error
  }
  return workTree !== undefined
}

/** Compare-and-set of a branch. @throws GitError `ref_moved`, `ref_exists` */
export async function moveRef(
  folder: ShadowFolder,
  branch: string,
  from: Oid | null,
  to: Oid,
  reason: string,
  options: CallOptions,
): Promise<void> {
  const ref = branchRef(branch)
  const zero = '0'.repeat(to.length)
  try {
    await runGit({
      ...options,
      trust: 'user',
      gitDir: folder.userGitDir,
      env: { GIT_COMMITTER_NAME: 'Sluice', GIT_COMMITTER_EMAIL: 'sluice@localhost' },
      args: ['update-ref', '-m', reason.replace(/\s+/g, ' '), ref, to, from ?? zero],
    })
  } catch (error) {
    const actual = await readBranch(folder, branch, options)
    if (actual === to) return
    if (!isGitError(error)) throw error
    if (error.code === 'ref_moved' || actual !== from) {
      throw new GitError('ref_moved', `The branch ${branch} has moved meanwhile.`, {
        stderr: error.stderr,
        details: { branch, expected: from, actual },
        cause: error,
      })
    }
    throw error
  }
}

/** The working tree that has a branch checked out. */
async function findCheckout(
  folder: ShadowFolder,
  branch: string,
  options: CallOptions,
): Promise<string | undefined> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: folder.userGitDir,
    args: ['worktree', 'list', '--porcelain', '-z'],
  })
  let path: string | undefined
  for (const field of splitNul(stdout)) {
    const text = pathFromBytes(field)
    if (text.startsWith('worktree ')) path = text.slice('worktree '.length)
    else if (text === `branch ${branchRef(branch)}` && path !== undefined) {
      // One whose folder was deleted by hand has nothing that could follow.
      if (
        await stat(path).then(
          () => true,
          () => false,
        )
      )
        return path
    }
  }
  return undefined
}

/** Two-way merge of index and files, as `git merge --ff-only` does it; refuses before it writes anything. */
async function moveFiles(path: string, from: Oid, to: Oid, options: CallOptions): Promise<void> {
  const located = await locate(path, options)
  const workTree = requireWorkTree(located)
  const operation = await readOperation(located)
  if (operation !== 'none') {
    throw new GitError(
      'operation_in_progress',
      `A ${operation} is in progress in ${workTree}. Finish or abort it, then try again.`,
      {
        details: { operation, workTree },
      },
    )
  }
  const git = {
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    workTree,
    cwd: workTree,
  } as const
  // Fresh stat data, so that a file that was only touched does not count as changed.
  await runGit({ ...git, okCodes: [0, 1], args: ['update-index', '-q', '--refresh'] })
  try {
    await runGit({ ...git, args: ['read-tree', '-m', '-u', from, to] })
  } catch (error) {
    if (!isGitError(error)) throw error
    const paths = [...error.stderr.matchAll(/(?:Entry|file|directory) '(.+?)' /g)].map(
      (match) => match[1] ?? '',
    )
    if (paths.length === 0) throw error
    throw new GitError(
      'dirty_work_tree',
      `The branch is checked out in ${workTree}, and changes there that are not committed would be overwritten: ${paths.slice(0, 5).join(', ')}. Commit or stash them, or switch to another branch, then try again.`,
      { stderr: error.stderr, details: { workTree, paths }, cause: error },
    )
  }
}
