/** Puts the files of a checkout back as they were recorded. */

import { constants } from 'node:fs'
import { chmod, link, mkdir, open, rmdir, symlink, unlink, utimes } from 'node:fs/promises'
import { GitError } from './errors.ts'
import { absolute, readEntry, walkFiles } from './file-walk.ts'
import type { WalkedEntry } from './file-walk.ts'
import { pathToBytes } from './path-text.ts'
import type { ShadowFolder } from './types.ts'
import { loadMany, storeFiles } from './state-record.ts'
import type { Manifest, RecordedEntry } from './state-record.ts'
import type { CallOptions, Oid } from './types.ts'

/** A file changed this shortly before it was recorded may have been changed again within the same time stamp. */
const RACY_NS = 50_000_000n
const READ_AHEAD_BYTES = 64 * 1024 * 1024

/**
 * Idempotent: compares what is there with the record and writes differences only, so it may be repeated after a crash.
 * Only files whose stat data or content differ are rewritten.
 */
export async function restoreFiles(
  folder: ShadowFolder,
  root: string,
  manifest: Manifest,
  options: CallOptions,
): Promise<{ filesWritten: number; filesDeleted: number }> {
  const skipped = new Set(manifest.protectedPaths)
  const recorded = new Map(manifest.entries.map((entry) => [entry.path, entry]))
  await openFolders(root, manifest.entries)
  const present = await walkFiles(root, skipped, options)
  const filesDeleted = await deleteExtra(root, recorded, present)
  const dirty = await findDirty(folder, root, manifest, present, options)
  // Files that still have the inode they had: others that were the same file can be linked to them again.
  const byInode = new Map<string, string>()
  for (const entry of manifest.entries) {
    if (entry.linkCount > 1 && present.get(entry.path)?.inode === entry.inode)
      byInode.set(entry.inode, entry.path)
  }
  let filesWritten = 0
  const contents = contentReader(
    folder,
    manifest.entries.filter((entry) => dirty.has(entry.path)),
    options,
  )
  for (const entry of manifest.entries) {
    const now = present.get(entry.path)
    if (entry.kind === 'd') {
      if (now?.kind !== 'd') await mkdir(absolute(root, entry.path))
    } else if (entry.kind === 'l') {
      if (now?.kind === 'l' && now.target === entry.target) continue
      if (now !== undefined) await unlink(absolute(root, entry.path))
      await symlink(pathToBytes(entry.target ?? ''), absolute(root, entry.path))
      filesWritten += 1
    } else if (entry.kind === 'f' && dirty.has(entry.path)) {
      await writeFile(root, entry, now, byInode, contents)
      filesWritten += 1
    } else if (entry.kind === 'f' && now !== undefined && now.mode !== entry.mode) {
      await chmod(absolute(root, entry.path), entry.mode)
      filesWritten += 1
    }
  }
  await setFolderModes(root, manifest.entries)
  return { filesWritten, filesDeleted }
}

/** Reads contents ahead of their use, so much at a time that many small files cost one process. */
function contentReader(
  folder: ShadowFolder,
  entries: readonly RecordedEntry[],
  options: CallOptions,
): (entry: RecordedEntry) => Promise<Buffer> {
  let next = 0
  let loaded = new Map<Oid, Buffer>()
  return async (entry) => {
    const oid = entry.oid ?? ''
    let bytes = loaded.get(oid)
    if (bytes === undefined) {
      const batch = [oid]
      // Entries are asked for in this order; those that turn out to be hard links are simply not asked for.
      next = Math.max(next, entries.indexOf(entry))
      for (let size = 0; next < entries.length && size < READ_AHEAD_BYTES; next += 1) {
        batch.push(entries[next]?.oid ?? oid)
        size += entries[next]?.sizeBytes ?? 0
      }
      loaded = await loadMany(folder, batch, options)
      bytes = loaded.get(oid)
    }
    if (bytes === undefined)
      throw new GitError('missing_object', `The recorded content ${oid} is gone.`)
    return bytes
  }
}

/** A recorded folder that lost its rights could not be read; it gets its recorded ones back last. */
async function openFolders(root: string, entries: readonly RecordedEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.kind !== 'd') continue
    const now = await readEntry(root, entry.path)
    if (now?.kind === 'd' && (now.mode & 0o700) !== 0o700)
      await chmod(absolute(root, entry.path), now.mode | 0o700)
  }
}

async function setFolderModes(root: string, entries: readonly RecordedEntry[]): Promise<void> {
  for (const entry of entries.toReversed()) {
    if (entry.kind !== 'd') continue
    const now = await readEntry(root, entry.path)
    if (now !== undefined && now.mode !== entry.mode)
      await chmod(absolute(root, entry.path), entry.mode)
  }
}

/** Deletes what was not there, and what is there as another kind of thing; children before parents. */
async function deleteExtra(
  root: string,
  recorded: ReadonlyMap<string, RecordedEntry>,
  present: Map<string, WalkedEntry>,
): Promise<number> {
  let count = 0
  for (const entry of [...present.values()].toReversed()) {
    if (recorded.get(entry.path)?.kind === entry.kind) continue
    if (entry.kind === 'd') {
      const isGone = await rmdir(absolute(root, entry.path)).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          // Holds a protected folder, which is neither recorded nor touched.
          if (error.code === 'ENOTEMPTY' || error.code === 'EBUSY') return false
          throw error
        },
      )
      if (!isGone) continue
    } else {
      await unlink(absolute(root, entry.path))
      count += 1
    }
    present.delete(entry.path)
  }
  return count
}

/** Recorded files that are missing or whose bytes differ. */
async function findDirty(
  folder: ShadowFolder,
  root: string,
  manifest: Manifest,
  present: ReadonlyMap<string, WalkedEntry>,
  options: CallOptions,
): Promise<Set<string>> {
  const trustedBeforeNs = BigInt(manifest.startedNs) - RACY_NS
  const dirty = new Set<string>()
  const doubtful: RecordedEntry[] = []
  for (const entry of manifest.entries) {
    if (entry.kind !== 'f') continue
    const now = present.get(entry.path)
    if (now === undefined || now.sizeBytes !== entry.sizeBytes) dirty.add(entry.path)
    else if (!isSameStat(entry, now) || BigInt(entry.ctimeNs) > trustedBeforeNs)
      doubtful.push(entry)
  }
  for (const { path } of doubtful) {
    const mode = present.get(path)?.mode ?? 0
    if ((mode & 0o400) === 0) await chmod(absolute(root, path), mode | 0o600)
  }
  // Storing rather than only hashing: the bytes that are about to be replaced stay readable for a while.
  const oids = await storeFiles(
    folder,
    root,
    doubtful.map((entry) => entry.path),
    options,
  )
  for (const entry of doubtful) if (oids.get(entry.path) !== entry.oid) dirty.add(entry.path)
  return dirty
}

function isSameStat(a: WalkedEntry, b: WalkedEntry): boolean {
  return (
    a.inode === b.inode &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.sizeBytes === b.sizeBytes
  )
}

async function writeFile(
  root: string,
  entry: RecordedEntry,
  now: WalkedEntry | undefined,
  byInode: Map<string, string>,
  contents: (entry: RecordedEntry) => Promise<Buffer>,
): Promise<void> {
  const path = absolute(root, entry.path)
  const twin = byInode.get(entry.inode)
  if (now?.inode !== entry.inode && twin !== undefined) {
    // Was a hard link to a file that is still there.
    if (now !== undefined) await unlink(path)
    await link(absolute(root, twin), path)
    return
  }
  const bytes = await contents(entry)
  // The same inode is written in place: other hard links to it, even outside of the checkout, are put right with it.
  const isSameFile = now?.inode === entry.inode
  if (now !== undefined && !isSameFile) await unlink(path)
  if (isSameFile && (now.mode & 0o600) !== 0o600) await chmod(path, now.mode | 0o600)
  const flags = isSameFile
    ? constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW
    : constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(path, flags, 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.chmod(entry.mode)
  } finally {
    await handle.close()
  }
  const seconds = Number(BigInt(entry.mtimeNs) / 1000n) / 1e6
  await utimes(path, seconds, seconds)
  if (entry.linkCount > 1) byInode.set(entry.inode, entry.path)
}
