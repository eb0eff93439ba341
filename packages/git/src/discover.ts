/** Finds git repositories under folders. */

import { Worker } from 'node:worker_threads'
import { GitError } from './errors.ts'
import type { CallOptions } from './types.ts'

/** What kind of git repository a folder is. */
export type RepositoryKind = 'normal' | 'worktree' | 'submodule' | 'bare'

export type DiscoveredRepository = {
  /** Absolute real path of the working tree (of the git folder itself, for a bare repository). */
  path: string
  kind: RepositoryKind
  /** Absolute path of its git folder. */
  gitDir: string
  /** Git folder of the main repository for a linked worktree, else the same as `gitDir`. */
  commonDir: string
  /** The root it was found under. */
  root: string
}

/** What a scan remembers for the next one; JSON-safe. */
export type DiscoverySnapshot = {
  version: 1
  scannedAtMs: number
  folders: Record<string, FolderMemory>
}
export type FolderMemory = {
  mtimeMs: number
  children: string[]
  repository?: DiscoveredRepository
}

export type DiscoveryProgress = { foldersSeen: number; repositoriesFound: number }

export type DiscoveryResult = {
  /** Sorted by path, each once, also when roots overlap. */
  repositories: DiscoveredRepository[]
  foldersSeen: number
  /** Folders answered from `previous` without being listed again. */
  foldersReused: number
  /** Folders that could not be read, with the system's code (`EACCES` …); discovery goes on without them. */
  unreadable: Array<{ path: string; code: string }>
  /** Give it to the next scan as `previous`. */
  snapshot: DiscoverySnapshot
}

/** Folders that hold other people's code or build output. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'vendor',
  'venv',
  '__pycache__',
  'site-packages',
  'target',
  'Pods',
  'DerivedData',
])

export type DiscoverOptions = Pick<CallOptions, 'signal'> & {
  onProgress?: (progress: DiscoveryProgress) => void
  previous?: DiscoverySnapshot
  /** Folder names never entered; default `SKIPPED_FOLDERS`. Hidden folders are never entered. */
  skipNames?: ReadonlySet<string>
  /** Clock, for tests. */
  nowMs?: number
}

type Message = { progress: DiscoveryProgress } | { result: DiscoveryResult }

/**
 * Finds every git repository under the given roots without starting git. Symbolic links are never followed, so there
 * are no loops and no way out of a root. With `previous`, a folder whose time stamp has not moved is not listed again.
 * Runs in a thread of its own, so that a large tree does not hold up the caller.
 * @throws GitError `aborted`, `command_failed`
 */
export async function discoverRepositories(
  roots: readonly string[],
  options: DiscoverOptions = {},
): Promise<DiscoveryResult> {
  const { signal } = options
  const aborted = (): GitError =>
    new GitError('aborted', 'The scan was cancelled.', { cause: signal?.reason })
  if (signal?.aborted) throw aborted()
  const worker = new Worker(new URL('./discover-worker.ts', import.meta.url), {
    workerData: {
      roots,
      skipNames: options.skipNames ?? SKIPPED_FOLDERS,
      previous: options.previous,
      nowMs: options.nowMs ?? Date.now(),
    },
  })
  const { promise, resolve, reject } = Promise.withResolvers<DiscoveryResult>()
  const onAbort = (): void => reject(aborted())
  signal?.addEventListener('abort', onAbort, { once: true })
  worker.on('message', (message: Message) => {
    if ('result' in message) resolve(message.result)
    else options.onProgress?.(message.progress)
  })
  worker.once('error', (cause) =>
    reject(new GitError('command_failed', 'The scan failed.', { cause })),
  )
  worker.once('exit', (code) =>
    reject(new GitError('command_failed', `The scan's thread ended early (${code}).`)),
  )
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}
