/** Lists everything in a working tree with exact modes and stat data. Links are never followed. */

import { lstat, readdir, readlink } from 'node:fs/promises'
import { GitError } from './errors.ts'
import { pathFromBytes, pathToBytes } from './path-text.ts'
import type { CallOptions } from './types.ts'

/** File, link, directory, or something else (socket, pipe, device). */
export type EntryKind = 'f' | 'l' | 'd' | 'x'

export type WalkedEntry = {
  path: string
  kind: EntryKind
  /** Permission bits, 0–0o7777. */
  mode: number
  sizeBytes: number
  inode: string
  linkCount: number
  /** Nanoseconds since 1970, as decimal text. */
  mtimeNs: string
  ctimeNs: string
  /** A link's target, as path text. */
  target?: string
}

/** Folders read at the same time; more does not help, as Node has four threads for files. */
const CONCURRENCY = 8
const SLASH = Buffer.from('/')

/** Absolute bytes of an entry's path. */
export function absolute(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), SLASH, pathToBytes(path)])
}

/**
 * Everything below `root` except `.git` directly in it and the given paths, parents before children.
 * @throws GitError `permission_denied`, `aborted`
 */
export async function walkFiles(
  root: string,
  skipped: ReadonlySet<string>,
  options: CallOptions = {},
): Promise<Map<string, WalkedEntry>> {
  const entries = new Map<string, WalkedEntry>()
  let level = ['']
  while (level.length > 0) {
    const next: string[] = []
    for (let at = 0; at < level.length; at += CONCURRENCY) {
      if (options.signal?.aborted) throw new GitError('aborted', 'Reading the files was cancelled.')
      const found = await Promise.all(
        level.slice(at, at + CONCURRENCY).map((folder) => readFolder(root, folder, skipped)),
      )
      for (const entry of found.flat()) {
        entries.set(entry.path, entry)
        if (entry.kind === 'd') next.push(entry.path)
      }
    }
    level = next
  }
  return entries
}

/** One entry as it is now, undefined when there is none. */
export async function readEntry(root: string, path: string): Promise<WalkedEntry | undefined> {
  const name = absolute(root, path)
  try {
    const stat = await lstat(name, { bigint: true })
    const kind = stat.isFile() ? 'f' : stat.isSymbolicLink() ? 'l' : stat.isDirectory() ? 'd' : 'x'
    const entry: WalkedEntry = {
      path,
      kind,
      mode: Number(stat.mode & 0o7777n),
      sizeBytes: Number(stat.size),
      inode: String(stat.ino),
      linkCount: Number(stat.nlink),
      mtimeNs: String(stat.mtimeNs),
      ctimeNs: String(stat.ctimeNs),
    }
    if (kind === 'l') entry.target = pathFromBytes(await readlink(name, { encoding: 'buffer' }))
    return entry
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw denied(error, path)
  }
}

async function readFolder(
  root: string,
  folder: string,
  skipped: ReadonlySet<string>,
): Promise<WalkedEntry[]> {
  const names = await readdir(absolute(root, folder), { encoding: 'buffer' }).catch(
    (error: unknown) => {
      throw denied(error, folder)
    },
  )
  const paths = names
    .map((name) => (folder === '' ? pathFromBytes(name) : `${folder}/${pathFromBytes(name)}`))
    .filter((path) => path !== '.git' && !skipped.has(path))
  const entries = await Promise.all(paths.map((path) => readEntry(root, path)))
  return entries.filter((entry) => entry !== undefined)
}

function denied(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') return error
  return new GitError('permission_denied', `Sluice may not read ${JSON.stringify(path)}.`, {
    details: { path },
    cause: error,
  })
}
