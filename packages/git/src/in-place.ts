/**
 * In-place mode: the agent works in the user's own checkout. Before it starts, everything there is recorded; after it,
 * the record is what a rejection restores and what tells the agent's changes from the user's.
 * The sandbox must bind the checkout's git folder (and the common one of a linked worktree) read-only.
 */

import { GitError } from './errors.ts'
import { walkFiles } from './file-walk.ts'
import type { WalkedEntry } from './file-walk.ts'
import { locate, requireWorkTree } from './locate.ts'
import type { Located } from './locate.ts'
import { mergeTrees } from './merge.ts'
import { blobSizes, listTree } from './objects.ts'
import { resolveTree } from './commits.ts'
import { hiddenRef } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import { snapshotTree } from './snapshot.ts'
import { seedStateIndex, stateIndexFile } from './state-index.ts'
import { loadRecord, storeFiles, storeRecord } from './state-record.ts'
import type { Manifest, RecordedEntry } from './state-record.ts'
import { restoreFiles } from './state-restore.ts'
import { readOperation } from './status.ts'
import type { CallOptions, MergeConflicts, Oid } from './types.ts'
import { lockIndex, readIndex } from './user-index.ts'

export { commitInPlace } from './commit-in-place.ts'

/** A recorded state of a checkout, kept in the shadow under `refs/sluice/states/ID`. JSON-safe. */
export type WorkingState = {
  /** Object id of the record; also its name. */
  id: Oid
  /** HEAD's commit at that time, null without a commit. */
  head: Oid | null
  /** HEAD's branch (`refs/heads/…`), null when detached. */
  headRef: string | null
  /** Tree of tracked and untracked, not ignored files at that time: the user's own edits. */
  tree: Oid
  fileCount: number
  ignoredBytes: number
}

export type CaptureOptions = CallOptions & {
  shadow: ShadowFolder
  /** The user's checkout: the folder itself or one of its linked worktrees. */
  workTree: string
  /** Most bytes of ignored files (and nested repositories) to record. */
  maxIgnoredBytes: number
  /** Folders (relative, `/`) that the sandbox binds read-only: neither recorded nor touched by a restore. */
  protectedPaths?: readonly string[]
}

const BIGGEST_SHOWN = 10

/**
 * Records index bytes, HEAD, and every tracked, untracked and ignored file with exact bytes and modes, links and empty
 * folders. Nothing in the checkout is changed.
 * @throws GitError `ignored_too_large` (details: `folders: [{ path, bytes }]`, biggest first), `file_too_large`,
 * `operation_in_progress`, `permission_denied`
 */
export async function captureWorkingState(input: CaptureOptions): Promise<WorkingState> {
  const { shadow, maxIgnoredBytes, protectedPaths = [], ...call } = input
  const { workTree: path, ...options } = call
  const located = await locate(path, options)
  const workTree = requireWorkTree(located)
  await refuseOperation(located)
  const { head, headRef } = await readHeadNames(located, options)
  const index = await readIndex(located.gitDir)
  const startedNs = String(BigInt(Date.now()) * 1_000_000n)
  const indexFile = await seedStateIndex(shadow, located, workTree, options)
  const walked = await walkFiles(workTree, new Set(protectedPaths), options)
  const { tree } = await snapshotTree(shadow, {
    ...options,
    workTree,
    indexFile,
    maxFileBytes: Number.POSITIVE_INFINITY,
  })
  const inTree = new Map(
    (await listTree(shadow, tree, options)).map((entry) => [entry.path, entry]),
  )
  const ignoredBytes = refuseTooLarge(walked, inTree, maxIgnoredBytes)
  const entries = await addContents(shadow, workTree, walked, inTree, options)
  const manifest: Manifest = {
    version: 1,
    head,
    headRef,
    indexMtimeMs: index?.mtimeMs ?? null,
    protectedPaths: [...protectedPaths],
    startedNs,
    entries,
  }
  const id = await storeRecord(shadow, { manifest, index, tree }, options)
  await runGit({
    ...options,
    gitDir: shadow.path,
    args: ['update-ref', hiddenRef(`states/${id}`), id],
  })
  return { id, head, headRef, tree, fileCount: entries.length, ignoredBytes }
}

/**
 * Puts the checkout back exactly as recorded: files, modes, links, empty folders, index. Idempotent and safe to repeat
 * after a crash. To make it undoable, record the state before calling it.
 * @throws GitError `head_moved` when HEAD is no longer where it was, `repository_locked`, `missing_object`
 */
export async function restoreWorkingState(
  input: CallOptions & { shadow: ShadowFolder; workTree: string; state: Pick<WorkingState, 'id'> },
): Promise<{ filesWritten: number; filesDeleted: number }> {
  const { shadow, workTree: path, state, ...options } = input
  const located = await locate(path, options)
  const workTree = requireWorkTree(located)
  await refuseOperation(located)
  const { manifest, index } = await loadRecord(shadow, state.id, options)
  const now = await readHeadNames(located, options)
  if (now.head !== manifest.head || now.headRef !== manifest.headRef) {
    throw new GitError(
      'head_moved',
      'The checkout is at another commit or branch than when the task began; restoring now would mix the two. Switch back, then try again.',
      {
        details: {
          expected: { head: manifest.head, ref: manifest.headRef },
          actual: { head: now.head, ref: now.headRef },
        },
      },
    )
  }
  // Held over the whole of it: no git command of the user's sees the checkout half restored.
  const lock = await lockIndex(located.gitDir, index, options)
  try {
    const counts = await restoreFiles(shadow, workTree, manifest, options)
    await lock.commit()
    return counts
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Forgets a recorded state. Idempotent. */
export async function dropWorkingState(
  input: CallOptions & { shadow: ShadowFolder; state: Pick<WorkingState, 'id'> },
): Promise<void> {
  const { shadow, state, ...options } = input
  await runGit({
    ...options,
    gitDir: shadow.path,
    args: ['update-ref', '-d', hiddenRef(`states/${state.id}`)],
  })
}

export type AgentTree =
  | { tree: Oid; working: Oid; overlap?: undefined }
  | { tree?: undefined; working: Oid; overlap: MergeConflicts }

/**
 * The tree to review: the agent's changes alone, applied on HEAD. `working` is the tree of all files as they are now
 * (the user's edits included), which is what gates in the checkout would see. `overlap` says where the agent changed
 * what the user had edited and not committed, so that its change cannot be told apart.
 * @throws GitError `file_too_large`
 */
export async function agentTree(
  input: CallOptions & {
    shadow: ShadowFolder
    workTree: string
    state: WorkingState
    maxFileBytes?: number
  },
): Promise<AgentTree> {
  const { shadow, workTree: path, state, maxFileBytes, ...options } = input
  const workTree = requireWorkTree(await locate(path, options))
  const indexFile = stateIndexFile(shadow, workTree)
  const { tree: working } = await snapshotTree(shadow, {
    ...options,
    workTree,
    indexFile,
    maxFileBytes,
  })
  const head =
    state.head === null
      ? await emptyTree(shadow, options)
      : await resolveTree(shadow, state.head, options)
  if (state.tree === head) return { tree: working, working }
  // Renames are not followed: the user's own uncommitted move of a file is not part of the agent's change.
  const merged = await mergeTrees(shadow, {
    ...options,
    base: state.tree,
    ours: head,
    theirs: working,
    findRenames: false,
  })
  return merged.conflicts === undefined
    ? { tree: merged.tree, working }
    : { overlap: merged.conflicts, working }
}

async function addContents(
  shadow: ShadowFolder,
  workTree: string,
  walked: ReadonlyMap<string, WalkedEntry>,
  inTree: ReadonlyMap<string, { oid: Oid; mode: string }>,
  options: CallOptions,
): Promise<RecordedEntry[]> {
  const files = [...walked.values()].filter((entry) => entry.kind === 'f')
  // Git's line-end and encoding conversions change a file's length, except for encodings, so a blob of the file's
  // length has the file's bytes. Where a tree names an encoding, nothing is taken on trust.
  const canTrustLength = !(await namesEncoding(shadow, inTree, options))
  const candidates = canTrustLength
    ? files.flatMap((entry) => inTree.get(entry.path)?.oid ?? [])
    : []
  const sizes = await blobSizes(shadow, candidates, options)
  const known = new Map<string, Oid>()
  for (const entry of files) {
    const blob = inTree.get(entry.path)
    if (blob !== undefined && blob.mode !== '120000' && sizes.get(blob.oid) === entry.sizeBytes)
      known.set(entry.path, blob.oid)
  }
  const stored = await storeFiles(
    shadow,
    workTree,
    files.map((entry) => entry.path).filter((path) => !known.has(path)),
    options,
  )
  return [...walked.values()].map((entry) => {
    const oid = known.get(entry.path) ?? stored.get(entry.path)
    return oid === undefined ? entry : { ...entry, oid }
  })
}

async function namesEncoding(
  shadow: ShadowFolder,
  inTree: ReadonlyMap<string, { oid: Oid }>,
  options: CallOptions,
): Promise<boolean> {
  for (const [path, { oid }] of inTree) {
    if (path !== '.gitattributes' && !path.endsWith('/.gitattributes')) continue
    const { stdout } = await runGit({
      ...options,
      gitDir: shadow.path,
      args: ['cat-file', 'blob', oid],
    })
    if (/working-tree-encoding|ident/.test(stdout.toString('latin1'))) return true
  }
  return false
}

/** @returns bytes of files that git does not track and would not add. @throws GitError `ignored_too_large` */
function refuseTooLarge(
  walked: ReadonlyMap<string, WalkedEntry>,
  inTree: ReadonlyMap<string, unknown>,
  maxBytes: number,
): number {
  const folders = new Set<string>()
  for (const path of inTree.keys()) {
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
      folders.add(path.slice(0, at))
  }
  const sums = new Map<string, number>()
  let total = 0
  for (const entry of walked.values()) {
    if (entry.kind !== 'f' || inTree.has(entry.path)) continue
    total += entry.sizeBytes
    // The outermost folder that holds nothing of the project's own.
    let end = entry.path.indexOf('/')
    while (end !== -1 && folders.has(entry.path.slice(0, end)))
      end = entry.path.indexOf('/', end + 1)
    const key = end === -1 ? entry.path : entry.path.slice(0, end)
    sums.set(key, (sums.get(key) ?? 0) + entry.sizeBytes)
  }
  if (total <= maxBytes) return total
  const biggest = [...sums]
    .map(([path, bytes]) => ({ path, bytes }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, BIGGEST_SHOWN)
  throw new GitError(
    'ignored_too_large',
    `Ignored files hold ${total} bytes, more than the ${maxBytes} that are recorded. Biggest: ${biggest
      .slice(0, 3)
      .map(({ path }) => path)
      .join(', ')}. Protect these folders, raise the limit, or use an isolated workspace.`,
    { details: { totalBytes: total, maxBytes, folders: biggest } },
  )
}

async function refuseOperation(located: Located): Promise<void> {
  const operation = await readOperation(located)
  if (operation === 'none') return
  throw new GitError(
    'operation_in_progress',
    `A ${operation} is in progress. Finish or abort it first.`,
    { details: { operation } },
  )
}

/** HEAD's commit and branch. */
export async function readHeadNames(
  located: Located,
  options: CallOptions,
): Promise<{ head: Oid | null; headRef: string | null }> {
  const run = async (args: string[]): Promise<string> => {
    const { stdout } = await runGit({
      ...options,
      trust: 'user',
      gitDir: located.gitDir,
      okCodes: [0, 1],
      args,
    })
    return stdout.toString('utf8').replace(/\n$/, '')
  }
  const [headRef, head] = await Promise.all([
    run(['symbolic-ref', '-q', 'HEAD']),
    run(['rev-parse', '--verify', '-q', 'HEAD^{commit}']),
  ])
  return { head: head === '' ? null : head, headRef: headRef === '' ? null : headRef }
}

async function emptyTree(shadow: ShadowFolder, options: CallOptions): Promise<Oid> {
  const { stdout } = await runGit({ ...options, gitDir: shadow.path, stdin: '', args: ['mktree'] })
  return stdout.toString('latin1').trim()
}
