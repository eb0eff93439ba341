/** Committing the agent's change on the branch that the user has checked out, around the user's own edits. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { moveRef, readBranch } from './advance.ts'
import { resolveTree } from './commits.ts'
import { GitError } from './errors.ts'
import { readRaw } from './diff-parse.ts'
import { readIndexFile, writeIndexFile } from './index-file.ts'
import type { IndexContent } from './index-file.ts'
import { locate, requireWorkTree } from './locate.ts'
import type { Located } from './locate.ts'
import { mergeTrees } from './merge.ts'
import { pathToBytes } from './path-text.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import { copyCommit, copyObjects } from './transfer.ts'
import type { CallOptions, Oid } from './types.ts'
import { hasPendingIndex, lockIndex, readIndex } from './user-index.ts'

export type CommitInPlaceInput = CallOptions & {
  shadow: ShadowFolder
  workTree: string
  /** What HEAD was when the task began. */
  state: { head: Oid | null; headRef: string | null }
  /** A commit of the shadow whose first parent is `state.head`. */
  commit: Oid
}

/**
 * Makes `commit` the tip of HEAD's branch. Files are not touched: they hold the agent's change already. In the index
 * the change is merged with what the user had staged, so staged stays staged and unstaged stays unstaged. Idempotent,
 * also after a crash at any point.
 * @throws GitError `head_moved`, `detached_head`, `overlap` (details: `paths`), `repository_locked`
 */
export async function commitInPlace(
  input: CommitInPlaceInput,
): Promise<{ branch: string; commit: Oid }> {
  const { shadow: userShadow, workTree: path, state, commit, ...options } = input
  const located = await locate(path, options)
  const workTree = requireWorkTree(located)
  // A linked worktree has its own HEAD and index; refs and objects are shared.
  const shadow: ShadowFolder = {
    ...userShadow,
    userGitDir: located.gitDir,
    userCommonDir: located.commonDir,
  }
  const branch = state.headRef?.replace(/^refs\/heads\//, '')
  if (branch === undefined) {
    throw new GitError(
      'detached_head',
      'HEAD is not on a branch. Switch to a branch, or use an isolated workspace.',
    )
  }
  await refuseMovedHead(located, state, commit, branch, shadow, options)
  if (
    (await readBranch(shadow, branch, options)) === commit &&
    !(await hasPendingIndex(located.gitDir))
  ) {
    return { branch, commit }
  }
  await copyCommit(shadow, commit, options)
  for (;;) {
    const before = await readIndex(located.gitDir)
    const tip = await readBranch(shadow, branch, options)
    // The branch moves while the lock is held and the index is put in place after it: when the branch is there, a
    // missing second half can only be ours.
    const next = await mergeIndex(shadow, located, workTree, state.head, commit, before, options)
    const lock = await lockIndex(located.gitDir, next, options)
    try {
      const current = await readIndex(located.gitDir)
      if (!isSame(before, current)) {
        // The user staged something between reading and locking.
        await lock.release()
        continue
      }
      if (tip !== commit)
        await moveRef(shadow, branch, state.head, commit, 'commit: sluice', options)
      await lock.commit()
      return { branch, commit }
    } catch (error) {
      await lock.release()
      throw error
    }
  }
}

async function refuseMovedHead(
  located: Located,
  state: CommitInPlaceInput['state'],
  commit: Oid,
  branch: string,
  shadow: ShadowFolder,
  options: CallOptions,
): Promise<void> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: ['symbolic-ref', '-q', 'HEAD'],
  })
  const headRef = stdout.toString('utf8').replace(/\n$/, '')
  const tip = await readBranch(shadow, branch, options)
  if (headRef === state.headRef && (tip === state.head || tip === commit)) return
  throw new GitError(
    'head_moved',
    'The checkout is at another commit or branch than when the task began.',
    {
      details: {
        expected: { head: state.head, ref: state.headRef },
        actual: { head: tip, ref: headRef === '' ? null : headRef },
      },
    },
  )
}

/**
 * The user's index with the commit's change merged in. Doing it to an index that has the change already changes
 * nothing, which is what makes repetition safe. Entries that do not differ keep their flags and stat data.
 */
async function mergeIndex(
  shadow: ShadowFolder,
  located: Located,
  workTree: string,
  head: Oid | null,
  commit: Oid,
  before: IndexContent | null,
  options: CallOptions,
): Promise<IndexContent | null> {
  // In the user's git folder, because a split index is looked up beside it.
  const indexFile = join(located.gitDir, 'index.sluice-merge')
  await Promise.all([indexFile, `${indexFile}.lock`].map((path) => rm(path, { force: true })))
  const git = {
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    workTree,
    cwd: workTree,
    indexFile,
  } as const
  try {
    if (before !== null) await writeIndexFile(indexFile, before)
    // Written into the shadow: a merge that is refused leaves nothing in the user's store.
    const staged = await runGit({
      ...git,
      trust: 'own',
      env: {
        GIT_OBJECT_DIRECTORY: join(shadow.path, 'objects'),
        GIT_ALTERNATE_OBJECT_DIRECTORIES: shadow.objectDirs
          .slice(1)
          .map((dir) => `"${dir.replace(/["\\]/g, '\\$&')}"`)
          .join(':'),
      },
      args: ['write-tree'],
    })
    const ours = staged.stdout.toString('latin1').trim()
    const theirs = await resolveTree(shadow, commit, options)
    const base =
      head === null ? await emptyTree(shadow, options) : await resolveTree(shadow, head, options)
    const merged = await mergeTrees(shadow, { ...options, base, ours, theirs, findRenames: false })
    if (merged.conflicts !== undefined) {
      throw new GitError(
        'overlap',
        `You have staged changes where the commit changes files: ${merged.conflicts.paths.slice(0, 5).join(', ')}. Unstage them, then try again.`,
        {
          details: { paths: merged.conflicts.paths },
        },
      )
    }
    const diff = await runGit({
      ...options,
      gitDir: shadow.path,
      args: ['diff-tree', '-r', '-z', '--no-renames', '--raw', ours, merged.tree],
    })
    const { entries } = readRaw(diff.stdout)
    const zero = '0'.repeat(commit.length)
    // Removals first: a file may become a folder.
    const lines = [
      ...entries.filter((entry) => entry.newOid === null),
      ...entries.filter((entry) => entry.newOid !== null),
    ].map((entry) =>
      Buffer.concat([
        Buffer.from(`${entry.newMode ?? '0'} ${entry.newOid ?? zero}\t`),
        pathToBytes(entry.path),
        Buffer.of(0),
      ]),
    )
    await copyObjects(
      shadow,
      entries.flatMap((entry) =>
        entry.newOid !== null && entry.newMode !== '160000' ? [entry.newOid] : [],
      ),
      options,
    )
    // Writing the tree noted trees in the copy that only the shadow has; the result starts from the user's bytes again.
    await rm(indexFile, { force: true })
    if (before !== null) await writeIndexFile(indexFile, before)
    if (lines.length > 0) {
      await runGit({
        ...git,
        stdin: Buffer.concat(lines),
        args: ['update-index', '--add', '--replace', '-z', '--index-info'],
      })
    }
    // Still none: the repository had no index and the commit has no files.
    return await readIndexFile(indexFile)
  } finally {
    await rm(indexFile, { force: true })
  }
}

async function emptyTree(shadow: ShadowFolder, options: CallOptions): Promise<Oid> {
  const { stdout } = await runGit({ ...options, gitDir: shadow.path, stdin: '', args: ['mktree'] })
  return stdout.toString('latin1').trim()
}

function isSame(a: IndexContent | null, b: IndexContent | null): boolean {
  return a === null || b === null ? a === b : a.bytes.equals(b.bytes)
}
