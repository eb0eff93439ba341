/**
 * Copies of git's index. Git believes an entry whose stat data fits only if the file is older than the index: one that
 * was changed in the very second in which the index was written is compared by content. A copy with a later time would
 * hide such a change, so the time goes along with the bytes.
 */

import { copyFile, readFile, stat, utimes, writeFile } from 'node:fs/promises'

export type IndexContent = { bytes: Buffer; mtimeMs: number }

/** An index's bytes and time; null when there is none. */
export async function readIndexFile(path: string): Promise<IndexContent | null> {
  try {
    // Time first: an index that is replaced in between is then only doubted more than it need be.
    const { mtimeMs } = await stat(path)
    return { bytes: await readFile(path), mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Writes an index under another name, with its time. */
export async function writeIndexFile(
  path: string,
  { bytes, mtimeMs }: IndexContent,
  mode?: number,
): Promise<void> {
  await writeFile(path, bytes, mode === undefined ? {} : { mode })
  await setTime(path, mtimeMs)
}

/** Copies an index with its time. @throws the file system's error when there is none */
export async function copyIndexFile(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from)
  await copyFile(from, to)
  await setTime(to, mtimeMs)
}

/**
 * Copies the index of files that nobody has touched since it was written. Whatever is changed from now on has a later
 * second than its entries, unless that second is still running: only then does the time go along, and only then are
 * the youngest files compared by content.
 */
export async function copyUntouchedIndexFile(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from)
  if (Math.floor(mtimeMs / 1000) >= Math.floor(Date.now() / 1000)) await copyIndexFile(from, to)
  else await copyFile(from, to)
}

/** A millisecond early: a time that was rounded up could pass over the border of a second. */
async function setTime(path: string, mtimeMs: number): Promise<void> {
  const seconds = Math.max(1, (Math.floor(mtimeMs) - 1) / 1000)
  await utimes(path, seconds, seconds)
}
