/**
 * Replacing the index of the user's repository. The new content is written to `index.sluice` and hard-linked to
 * `index.lock`, which is git's own lock: whoever holds it is alone. A lock with the same inode as `index.sluice` is
 * ours, left by a process that was killed, and is taken over.
 */

import { link, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { GitError } from './errors.ts'
import { readIndexFile, writeIndexFile } from './index-file.ts'
import type { IndexContent } from './index-file.ts'
import type { CallOptions } from './types.ts'

const LOCK_ATTEMPTS = 20
const LOCK_WAIT_MS = 100

export type IndexLock = {
  /** Puts the prepared content in place and frees the lock. */
  commit(): Promise<void>
  /** Frees the lock and changes nothing. */
  release(): Promise<void>
}

/** The index, null when there is none (no `git add` yet). */
export function readIndex(gitDir: string): Promise<IndexContent | null> {
  return readIndexFile(join(gitDir, 'index'))
}

/** Whether a process of ours was killed between taking the lock and putting the index in place. */
export async function hasPendingIndex(gitDir: string): Promise<boolean> {
  return stat(join(gitDir, 'index.sluice')).then(
    () => true,
    () => false,
  )
}

/**
 * Takes the lock with `content` ready to be put in place; null stands for no index.
 * @throws GitError `repository_locked` when a git command of the user's keeps it
 */
export async function lockIndex(
  gitDir: string,
  content: IndexContent | null,
  options: CallOptions = {},
): Promise<IndexLock> {
  const index = join(gitDir, 'index')
  const draft = join(gitDir, 'index.sluice')
  const lock = join(gitDir, 'index.lock')
  await releaseOwn(draft, lock)
  const mode = await stat(index).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  )
  await (content === null ? writeFile(draft, '', { mode }) : writeIndexFile(draft, content, mode))
  for (let attempt = 1; ; attempt += 1) {
    try {
      await link(draft, lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (attempt < LOCK_ATTEMPTS) {
        await delay(LOCK_WAIT_MS, undefined, { signal: options.signal })
        continue
      }
      await rm(draft, { force: true })
      throw new GitError(
        'repository_locked',
        `Another git command is at work in the repository (or one crashed and left ${lock}).`,
        {
          details: { lock },
          cause: error,
        },
      )
    }
  }
  return {
    commit: async () => {
      if (content === null) {
        await rm(index, { force: true })
        await rm(lock, { force: true })
      } else await rename(lock, index)
      await rm(draft, { force: true })
    },
    release: async () => {
      await rm(lock, { force: true })
      await rm(draft, { force: true })
    },
  }
}

/** Frees a lock that a killed process of ours left. */
async function releaseOwn(draft: string, lock: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [draft, lock].map((path) => stat(path).catch(() => undefined)),
  )
  if (ours === undefined) return
  if (theirs !== undefined && theirs.ino === ours.ino && theirs.dev === ours.dev)
    await rm(lock, { force: true })
  await rm(draft, { force: true })
}
