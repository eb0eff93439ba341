/**
 * The file operations of a sandbox, held inside a root. The worktree provider calls them in the server's process; the
 * bubblewrap provider runs the same code inside the sandbox (`file-helper.ts`), where nothing else can be seen anyway.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import type { Stats } from 'node:fs'
import { lstat, open, opendir, realpath, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import {
  asFileError,
  FileError,
  holdEntry,
  holdFolder,
  isWithin,
  outside,
  relativeInside,
  shown,
  whereIs,
} from './contained-path.ts'
import type { HeldFolder } from './contained-path.ts'

export interface EntryStat {
  kind: 'file' | 'directory' | 'symlink' | 'other'
  sizeBytes: number
  mode: number
  modifiedAtMs: number
}

export interface Entry extends EntryStat {
  path: string
}

export const maxWriteBytes = 64 * 1024 * 1024

/** Whole content of a file, links followed as far as they stay inside. */
export async function readWholeFile(root: string, path: string, maxBytes: number): Promise<Buffer> {
  return guarded(path, async () => {
    await using entry = await holdEntry(root, path, { follow: true })
    if (entry.name === '') throw new FileError('not_a_file', `not a file: ${shown(path)}`)
    // O_NONBLOCK: opening a named pipe must not wait for a writer that never comes.
    const handle = await open(
      entry.path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    try {
      const info = await handle.stat()
      if (!info.isFile()) throw new FileError('not_a_file', `not a file: ${shown(path)}`)
      if (!isWithin(await realpath(root), await whereIs(handle, entry.folder.realPath)))
        throw outside(path)
      if (info.size > maxBytes)
        throw new FileError(
          'too_large',
          `${info.size} bytes, more than ${maxBytes}: ${shown(path)}`,
        )
      return await readUpTo(handle, maxBytes, path)
    } finally {
      await handle.close()
    }
  })
}

/** Replaces or makes a file in one step: a hidden file beside it, then a rename. */
export async function replaceFile(
  root: string,
  path: string,
  bytes: Uint8Array,
  executable: boolean | undefined,
): Promise<void> {
  if (bytes.length > maxWriteBytes)
    throw new FileError(
      'too_large',
      `${bytes.length} bytes, more than ${maxWriteBytes}: ${shown(path)}`,
    )
  refuseGitFolder(root, path)
  await guarded(path, async () => {
    await using entry = await holdEntry(root, path, { follow: true, make: true })
    if (entry.name === '') throw new FileError('not_a_file', `not a file: ${shown(path)}`)
    refuseGitFolder(await realpath(root), join(entry.folder.realPath, entry.name))
    const before = await lstat(entry.path).catch(ignoreMissing)
    if (before !== undefined && !before.isFile())
      throw new FileError('not_a_file', `not a file: ${shown(path)}`)
    const mode = modeOf(before, executable)
    const hidden = entry.folder.at(`.${randomBytes(9).toString('base64url')}.tmp`)
    const handle = await open(
      hidden,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      mode,
    )
    try {
      try {
        await handle.writeFile(bytes)
        await handle.chmod(mode)
      } finally {
        await handle.close()
      }
      await rename(hidden, entry.path)
    } catch (error) {
      await unlink(hidden).catch(ignoreMissing)
      throw error
    }
  })
}

/** Removes a file or a link, never what the link names. */
export async function unlinkFile(root: string, path: string): Promise<void> {
  refuseGitFolder(root, path)
  await guarded(path, async () => {
    await using entry = await holdEntry(root, path)
    if (entry.name === '' || (await lstat(entry.path)).isDirectory())
      throw new FileError('not_a_file', `not a file: ${shown(path)}`)
    refuseGitFolder(await realpath(root), join(entry.folder.realPath, entry.name))
    await unlink(entry.path)
  })
}

/** An entry's own facts; undefined where there is none. */
export async function statEntry(root: string, path: string): Promise<EntryStat | undefined> {
  try {
    return await guarded(path, async () => {
      await using entry = await holdEntry(root, path)
      return factsOf(await lstat(entry.path))
    })
  } catch (error) {
    if (
      error instanceof FileError &&
      (error.code === 'not_found' || error.code === 'not_a_directory')
    )
      return undefined
    throw error
  }
}

/** Entries of a folder, sorted by path; stops reading once `limit` is passed. */
export async function listEntries(
  root: string,
  path: string,
  recursive: boolean,
  limit: number,
): Promise<{ entries: Entry[]; truncated: boolean }> {
  return guarded(path, async () => {
    const realRoot = await realpath(root)
    const entries: Entry[] = []
    const pending = ['']
    let truncated = false
    const start = join(root, relativeInside(root, path))
    const top = await holdFolder(realRoot, start)
    await top[Symbol.asyncDispose]()
    while (pending.length > 0 && !truncated) {
      const below = pending.shift() ?? ''
      const names = await namesIn(realRoot, join(top.realPath, below), below === '')
      for (const { name, facts } of names) {
        const entryPath = below === '' ? name : `${below}/${name}`
        if (name === '.git' && below === '' && top.realPath === realRoot) continue
        if (entries.length >= limit) {
          truncated = true
          break
        }
        entries.push({ path: entryPath, ...facts })
        if (recursive && facts.kind === 'directory') pending.push(entryPath)
      }
    }
    entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    return { entries, truncated }
  })
}

async function namesIn(
  realRoot: string,
  path: string,
  isTop: boolean,
): Promise<{ name: string; facts: EntryStat }[]> {
  let folder: HeldFolder
  try {
    folder = await holdFolder(realRoot, path)
  } catch (error) {
    // A folder below that vanished or became a link since it was listed is simply not entered.
    if (isTop) throw error
    return []
  }
  await using held = folder
  const names: string[] = []
  for await (const each of await opendir(held.at('.'))) names.push(each.name)
  names.sort()
  const facts = await Promise.all(names.map((name) => lstat(held.at(name)).catch(ignoreMissing)))
  return names.flatMap((name, index) => {
    const info = facts[index]
    return info === undefined ? [] : [{ name, facts: factsOf(info) }]
  })
}

async function readUpTo(
  handle: Awaited<ReturnType<typeof open>>,
  maxBytes: number,
  path: string,
): Promise<Buffer> {
  // A file that grows while it is read must not pass the limit either, so the size is not trusted.
  const parts: Buffer[] = []
  let total = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(256 * 1024) })
    if (bytesRead === 0) return Buffer.concat(parts, total)
    total += bytesRead
    if (total > maxBytes)
      throw new FileError('too_large', `more than ${maxBytes} bytes: ${shown(path)}`)
    parts.push(buffer.subarray(0, bytesRead))
  }
}

/** Hooks and settings in `.git` are run by whoever uses git there next, so files in it are not the agent's to write. */
function refuseGitFolder(root: string, path: string): void {
  const inside = relativeInside(root, path)
  if (inside.split('/')[0]?.toLowerCase() === '.git')
    throw new FileError('read_only', 'the git folder is read-only')
}

function modeOf(before: Stats | undefined, executable: boolean | undefined): number {
  const base = before === undefined ? 0o644 : before.mode & 0o777
  if (executable === undefined) return base
  return executable ? base | ((base & 0o444) >> 2) : base & ~0o111
}

function factsOf(info: Stats): EntryStat {
  const kind = info.isFile()
    ? 'file'
    : info.isDirectory()
      ? 'directory'
      : info.isSymbolicLink()
        ? 'symlink'
        : 'other'
  return {
    kind,
    sizeBytes: info.size,
    mode: info.mode & 0o777,
    modifiedAtMs: Math.trunc(info.mtimeMs),
  }
}

async function guarded<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw asFileError(error, path)
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
