/** Cloning by URL: all or nothing. */

import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { requireSafeUrl } from './clone-url.ts'
import { GitError, isGitError } from './errors.ts'
import { locate } from './locate.ts'
import { progressReader } from './progress.ts'
import type { TransferProgress } from './progress.ts'
import { branchRef } from './refs.ts'
import { runGit } from './run.ts'
import { readHead } from './status.ts'
import type { CallOptions } from './types.ts'

export { requireSafeUrl } from './clone-url.ts'
export type { TransferProgress } from './progress.ts'

const DEFAULT_TIMEOUT_MS = 60 * 60 * 1000
/** Beside the destination while the clone is under way; anything so named is a leftover of a killed process. */
const DRAFT_MARK = '.sluice-clone-'

export type CloneOptions = CallOptions & {
  url: string
  /** Absolute; must not exist yet, or be an empty folder. Its parents are made. */
  destination: string
  /** Checked out in place of the remote's default branch; all branches are fetched. */
  branch?: string
  depth?: number
  /** Lets `file://` and absolute paths through; default false. */
  allowFile?: boolean
  onProgress?: (progress: TransferProgress) => void
}

/**
 * Clones without ever prompting. Written beside the destination and renamed into it, so a failed, cancelled or killed
 * clone never looks like a repository; failed and cancelled ones leave nothing behind.
 * @throws GitError `unsupported_url`, `protocol_not_permitted`, `destination_exists`, `auth_failed`, `network`,
 * `disk_full`, `timeout`, `aborted`
 */
export async function cloneRepository(
  options: CloneOptions,
): Promise<{ path: string; branch: string | null; head: string | null }> {
  const {
    destination,
    branch,
    depth,
    allowFile = false,
    onProgress,
    signal,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  } = options
  const { url, protocol } = requireSafeUrl(options.url, { allowFile })
  if (branch !== undefined) branchRef(branch)
  await requireFree(destination)
  await mkdir(dirname(destination), { recursive: true })
  const draft = join(
    dirname(destination),
    `${DRAFT_MARK}${basename(destination)}-${process.pid}-${Date.now()}`,
  )
  try {
    await runGit({
      signal,
      timeoutMs,
      trust: 'user',
      cwd: dirname(destination),
      env: { GIT_ALLOW_PROTOCOL: protocol === 'http' ? 'http:https' : protocol },
      // A peer that sends less than this for so long is taken for gone.
      config: { 'http.lowSpeedLimit': '100', 'http.lowSpeedTime': '90' },
      args: [
        'clone',
        '--progress',
        '--template=',
        '--no-recurse-submodules',
        '--origin=origin',
        ...(protocol === 'file' ? ['--no-hardlinks'] : []),
        ...(branch === undefined ? [] : [`--branch=${branch}`]),
        ...(depth === undefined
          ? []
          : [`--depth=${Math.max(1, Math.trunc(depth))}`, '--no-single-branch']),
        '--',
        url,
        draft,
      ],
      onStderr: onProgress === undefined ? undefined : progressReader(onProgress),
    })
    await moveInto(draft, destination)
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 })
    throw explain(error)
  }
  const located = await locate(destination, { signal })
  const head = await readHead(located, { signal })
  const { stdout } = await runGit({
    signal,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: ['symbolic-ref', '-q', '--short', 'HEAD'],
  })
  const name = stdout.toString('utf8').replace(/\n$/, '')
  return { path: destination, branch: name === '' ? null : name, head: head?.sha ?? null }
}

/** Deletes what killed clones left in a folder. @returns how many */
export async function removeCloneLeftovers(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(DRAFT_MARK))
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true })
  return names.length
}

async function requireFree(destination: string): Promise<void> {
  const names = await readdir(destination).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR') return ['a file']
    throw error
  })
  if (names.length > 0) {
    throw new GitError('destination_exists', `${destination} exists already.`, {
      details: { path: destination },
    })
  }
}

async function moveInto(draft: string, destination: string): Promise<void> {
  await rmdir(destination).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(draft, destination)
}

function explain(error: unknown): unknown {
  if (isGitError(error, 'not_a_repository')) {
    return new GitError('not_a_repository', 'There is no git repository at this address.', {
      stderr: error.stderr,
      cause: error,
    })
  }
  return error
}
