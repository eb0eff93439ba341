/**
 * The shadow repository: a bare repository of ours that borrows a user's objects through `objects/info/alternates`.
 * Everything that Sluice makes is made here; the user's repository is only read until a person approves.
 */

import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { changedFiles, filePatch } from './diff.ts'
import type { FilePatch, PatchOptions } from './diff.ts'
import { isGitError } from './errors.ts'
import { requireShadowFolder } from './shadow-folder.ts'
import { locate } from './locate.ts'
import type { Located } from './locate.ts'
import { mergeTrees } from './merge.ts'
import { findFile, readBlob, listTree } from './objects.ts'
import type { TreeEntry } from './objects.ts'
import { commitTree, resolveCommit, resolveTree } from './commits.ts'
import { hiddenRef, requireOid } from './refs.ts'
import { runGit } from './run.ts'
import { snapshotTree } from './snapshot.ts'
import type { Snapshot, SnapshotOptions } from './snapshot.ts'
import type {
  CallOptions,
  ChangedFile,
  CommitInput,
  MergeResult,
  Oid,
  ShadowFolder,
} from './types.ts'

export type { FilePatch, PatchOptions } from './diff.ts'
export type { TreeEntry } from './objects.ts'
export type { Snapshot, SnapshotOptions } from './snapshot.ts'

export type Shadow = ShadowFolder & {
  /**
   * Commit id of a revision of the *user's* repository (branch, tag, `HEAD~2`, id), else of one of ours.
   * @throws GitError `no_commit` for HEAD of a repository without commits, `bad_ref`
   */
  resolveCommit(ref: string, options?: CallOptions): Promise<Oid>
  /** Tree id of a commit or tree id of ours or theirs. @throws GitError `bad_ref`, `missing_object` */
  resolveTree(treeish: Oid, options?: CallOptions): Promise<Oid>
  /** Tree of all tracked and untracked, not ignored files with exec bits and links. @throws GitError `file_too_large` */
  snapshotTree(options: SnapshotOptions): Promise<Snapshot>
  /** Points the hidden ref `refs/sluice/NAME` at an object of any type, so that it is never collected. Idempotent. */
  keep(name: string, oid: Oid, options?: CallOptions): Promise<void>
  /** Removes a hidden ref; no error when it is gone already. */
  drop(name: string, options?: CallOptions): Promise<void>
  /** Hidden refs under a prefix. */
  listKept(prefix?: string, options?: CallOptions): Promise<Array<{ name: string; oid: Oid }>>
  /** Differences between two trees (commits are accepted), renames found, in path order. */
  changedFiles(baseTree: Oid, tree: Oid, options?: CallOptions): Promise<ChangedFile[]>
  /** One file's patch. @throws GitError `path_not_found` when it does not differ */
  filePatch(baseTree: Oid, tree: Oid, path: string, options?: PatchOptions): Promise<FilePatch>
  /** A file's bytes (a link's target for a link). @throws GitError `path_not_found`, `file_too_large` */
  readBlob(
    treeish: Oid,
    path: string,
    options?: CallOptions & { maxBytes?: number },
  ): Promise<{ bytes: Buffer; oid: Oid; sizeBytes: number }>
  /** A file's bytes, links inside the tree followed; undefined where there is none of at most `maxBytes`. */
  findFile(
    treeish: Oid,
    path: string,
    options: CallOptions & { maxBytes: number },
  ): Promise<Buffer | undefined>
  /** All file paths of a tree. */
  listTree(treeish: Oid, options?: CallOptions): Promise<TreeEntry[]>
  /** Makes a commit; the same input always gives the same id. */
  commitTree(input: CommitInput): Promise<Oid>
  /** Three-way merge of trees or commits without a working tree. */
  mergeTrees(
    input: CallOptions & { base: Oid; ours: Oid; theirs: Oid; findRenames?: boolean },
  ): Promise<MergeResult>
}

/**
 * Opens the shadow of a repository, making it when missing and repairing its link when the repository has moved.
 * @throws GitError `not_a_repository`, `dubious_ownership`, `unsupported_repository` (partial clone), `git_too_old`
 */
export async function openShadow(
  input: CallOptions & {
    shadowPath: string
    repositoryPath: string
    /** Where the repository's parts were found to lie a moment ago. */
    located?: Located
  },
): Promise<Shadow> {
  const { shadowPath, repositoryPath, located: known, ...options } = input
  const located = known ?? (await locate(repositoryPath, options))
  const folder = await requireShadowFolder(shadowPath, located, options)
  return {
    ...folder,
    resolveCommit: (ref, call) => resolveCommit(folder, ref, call),
    resolveTree: (treeish, call) => resolveTree(folder, treeish, call),
    snapshotTree: (call) => snapshotTree(folder, call),
    keep: (name, oid, call) => keep(folder, name, oid, call),
    drop: (name, call) => drop(folder, name, call),
    listKept: (prefix, call) => listKept(folder, prefix, call),
    changedFiles: (base, tree, call) => changedFiles(folder, base, tree, call),
    filePatch: (base, tree, path, call) => filePatch(folder, base, tree, path, call),
    readBlob: (treeish, path, call) => readBlob(folder, treeish, path, call),
    findFile: (treeish, path, call) => findFile(folder, treeish, path, call),
    listTree: (treeish, call) => listTree(folder, treeish, call),
    commitTree: (call) => commitTree(folder, call),
    mergeTrees: (call) => mergeTrees(folder, call),
  }
}

async function keep(
  folder: ShadowFolder,
  name: string,
  oid: Oid,
  options: CallOptions = {},
): Promise<void> {
  await runGit({
    ...options,
    gitDir: folder.path,
    args: ['update-ref', hiddenRef(name), requireOid(oid)],
  })
}

async function drop(folder: ShadowFolder, name: string, options: CallOptions = {}): Promise<void> {
  await updateHidden(folder, ['-d', hiddenRef(name)], options)
}

async function listKept(
  folder: ShadowFolder,
  prefix = '',
  options: CallOptions = {},
): Promise<Array<{ name: string; oid: Oid }>> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/sluice/'],
  })
  const lines = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
  const kept = lines.map((line) => {
    const at = line.indexOf(' ')
    return { oid: line.slice(0, at), name: line.slice(at + ' refs/sluice/'.length) }
  })
  return kept.filter(({ name }) => name.startsWith(prefix))
}

/** Refs of ours are written in milliseconds; a lock that is older was left by a killed git. */
const STALE_LOCK_MS = 5_000

async function updateHidden(
  folder: ShadowFolder,
  args: string[],
  options: CallOptions,
): Promise<void> {
  const run = (): Promise<unknown> =>
    runGit({ ...options, gitDir: folder.path, args: ['update-ref', ...args] })
  for (let attempt = 0; ; attempt += 1) {
    try {
      await run()
      return
    } catch (error) {
      if (!isGitError(error, 'repository_locked') || attempt >= 40) throw error
      await dropOldLock(
        join(folder.path, `${args.find((arg) => arg.startsWith('refs/')) ?? ''}.lock`),
      )
      await dropOldLock(join(folder.path, 'packed-refs.lock'))
      await delay(150, undefined, { signal: options.signal })
    }
  }
}

async function dropOldLock(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_LOCK_MS)
    await rm(path, { force: true })
}
