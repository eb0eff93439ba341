import { SluiceError } from '@sluice/contract/errors'
import type { TaskId } from '@sluice/contract/ids'
import type { ChangeList, FileChange, FilePatch } from '@sluice/contract/review'
import type { Shadow } from '@sluice/git/shadow'
import type { ChangedFile } from '@sluice/git/types'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { fromGitError, openRepositoryShadow, requireRepository } from '../repositories/index.ts'
import { requireTaskRow, type TaskRow } from '../sessions/index.ts'

const foldedBytes = 400_000
const largestBytes = 20_000_000
const gitTimeoutMs = 60_000

/** A task's change with the repository that holds its trees. */
export interface OpenChange {
  shadow: Shadow
  baseTree: string
  treeId: string
  task: TaskRow
}

/** @throws SluiceError not_found, wrong_state (the task has no change to look at) */
export async function openChange(
  deps: CoreDeps,
  scope: Scope,
  taskId: TaskId,
  signal?: AbortSignal,
): Promise<OpenChange> {
  const { task, repository } = await deps.db.scoped(scope, async (tx) => {
    const row = await requireTaskRow(tx, scope, taskId)
    return { task: row, repository: await requireRepository(tx, scope, row.repositoryId) }
  })
  if (task.treeId === null || task.baseTree === null)
    throw new SluiceError('wrong_state', 'This task has changed nothing so far.')
  try {
    return {
      task,
      baseTree: task.baseTree,
      treeId: task.treeId,
      shadow: await openRepositoryShadow(deps, repository, signal),
    }
  } catch (error) {
    throw fromGitError(error)
  }
}

const statusWords: Record<ChangedFile['status'], FileChange['status']> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type_changed',
}

function toFileChange(file: ChangedFile): FileChange {
  return {
    path: file.path,
    oldPath: file.oldPath,
    status: statusWords[file.status],
    oldMode: file.oldMode,
    newMode: file.newMode,
    additions: file.additions,
    deletions: file.deletions,
    isBinary: file.isBinary,
    oldSizeBytes: file.oldSizeBytes,
    newSizeBytes: file.newSizeBytes,
  }
}

/** The files a task changes; empty while it has changed nothing. @throws SluiceError not_found */
export async function listChanges(
  deps: CoreDeps,
  scope: Scope,
  taskId: TaskId,
  signal?: AbortSignal,
): Promise<ChangeList> {
  const { task } = await deps.db.scoped(scope, async (tx) => ({
    task: await requireTaskRow(tx, scope, taskId),
  }))
  if (task.treeId === null || task.baseTree === null)
    return { baseTree: '', treeId: '', files: [], additions: 0, deletions: 0 }
  const { shadow, baseTree, treeId } = await openChange(deps, scope, taskId, signal)
  try {
    const files = (
      await shadow.changedFiles(baseTree, treeId, { signal, timeoutMs: gitTimeoutMs })
    ).map(toFileChange)
    const sum = (key: 'additions' | 'deletions') =>
      files.reduce((total, file) => total + file[key], 0)
    return { baseTree, treeId, files, additions: sum('additions'), deletions: sum('deletions') }
  } catch (error) {
    throw fromGitError(error)
  }
}

export interface PatchQuery {
  taskId: TaskId
  path: string
  context: number
  ignoreWhitespace: boolean
  force: boolean
}

/** One file's patch; a very large one comes empty and says so, unless forced. @throws SluiceError not_found, wrong_state */
export async function readPatch(
  deps: CoreDeps,
  scope: Scope,
  query: PatchQuery,
  signal?: AbortSignal,
): Promise<FilePatch> {
  const { shadow, baseTree, treeId } = await openChange(deps, scope, query.taskId, signal)
  try {
    const { patch, file, isCut } = await shadow.filePatch(baseTree, treeId, query.path, {
      context: query.context,
      ignoreWhitespace: query.ignoreWhitespace,
      maxBytes: query.force ? largestBytes : foldedBytes,
      signal,
      timeoutMs: gitTimeoutMs,
    })
    const isTooLarge = isCut && !query.force
    return { path: query.path, patch: isTooLarge ? '' : patch, isBinary: file.isBinary, isTooLarge }
  } catch (error) {
    throw fromGitError(error)
  }
}

/** A file before or after the change. @throws SluiceError not_found, too_large, wrong_state */
export async function readChangedFile(
  deps: CoreDeps,
  scope: Scope,
  query: { taskId: TaskId; path: string; side: 'old' | 'new' },
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { shadow, baseTree, treeId } = await openChange(deps, scope, query.taskId, signal)
  try {
    const { bytes } = await shadow.readBlob(query.side === 'old' ? baseTree : treeId, query.path, {
      signal,
      maxBytes: largestBytes,
      timeoutMs: gitTimeoutMs,
    })
    return new Uint8Array(bytes)
  } catch (error) {
    throw fromGitError(error)
  }
}
