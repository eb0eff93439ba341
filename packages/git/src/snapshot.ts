/**
 * A tree of what lies in a working tree now. `git add -A` is not used: on a nested repository it starts `git status`
 * inside it, which obeys that repository's config, and an agent may have written that config. The plumbing used here
 * starts no child and reads no config but ours.
 */

import { lstat } from 'node:fs/promises'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GitError } from './errors.ts'
import { pathFromBytes, splitNul } from './path-text.ts'
import { runGit } from './run.ts'
import type { RunInput } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, Oid } from './types.ts'

const DEFAULT_MAX_FILE_BYTES = 100 * 1024 * 1024
const NUL = Buffer.of(0)
const SLASH = Buffer.from('/')

export type SnapshotOptions = CallOptions & {
  workTree: string
  /** Our own index, kept between snapshots for its stat cache; made when missing. Must lie outside of the work tree. */
  indexFile: string
  /** A new or changed file above this many bytes is refused with `file_too_large`; default 100 MB. */
  maxFileBytes?: number
}

export type Snapshot = {
  tree: Oid
  /** Untracked folders that are git repositories of their own; they are left out of the tree. */
  embedded: string[]
}

export async function snapshotTree(
  folder: ShadowFolder,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const { workTree, indexFile, maxFileBytes = DEFAULT_MAX_FILE_BYTES, ...call } = options
  const git = { ...call, gitDir: folder.path, workTree, indexFile, cwd: workTree } satisfies Omit<
    RunInput,
    'args'
  >
  await mkdir(dirname(indexFile), { recursive: true })
  // Takes over new stat data of files that were only touched, so that their content is not compared every time.
  await runGit({
    ...git,
    okCodes: [0, 1],
    args: ['update-index', '-q', '--refresh', '--ignore-missing'],
  })
  const { stdout } = await runGit({
    ...git,
    args: ['ls-files', '-z', '-t', '--others', '--modified', '--deleted', '--exclude-standard'],
  })
  const { others, changed, embedded } = readListing(stdout)
  const { removed, written } = await sortChanges(workTree, others, changed)
  await refuseLarge(workTree, written, maxFileBytes)
  if (removed.length > 0) {
    await runGit({
      ...git,
      stdin: lines(removed),
      args: ['update-index', '-z', '--force-remove', '--stdin'],
    })
  }
  if (written.length > 0) {
    await runGit({
      ...git,
      stdin: lines(written),
      args: ['update-index', '-z', '--add', '--replace', '--stdin'],
    })
  }
  const tree = await runGit({ ...git, args: ['write-tree'] })
  return { tree: tree.stdout.toString('utf8').trim(), embedded }
}

/** Lines of `ls-files -t`: `? ` untracked, `C ` changed, `R ` gone (and then changed as well). */
function readListing(stdout: Buffer): { others: Buffer[]; changed: Buffer[]; embedded: string[] } {
  const others: Buffer[] = []
  const changed = new Map<string, Buffer>()
  const embedded: string[] = []
  for (const line of splitNul(stdout)) {
    const path = line.subarray(2)
    if (line[0] !== 0x3f) changed.set(path.toString('latin1'), path)
    else if (path.at(-1) === 0x2f) embedded.push(pathFromBytes(path.subarray(0, -1)))
    else others.push(path)
  }
  return { others, changed: [...changed.values()], embedded }
}

/**
 * Splits the tracked paths that differ into gone and to be written. A tracked file below a folder that is now a link
 * is gone, whatever the link shows; a tracked file that is now a folder is gone as well. A tracked submodule's folder
 * stays a directory and is written as what it points at.
 */
async function sortChanges(
  workTree: string,
  others: Buffer[],
  changed: Buffer[],
): Promise<{ removed: Buffer[]; written: Buffer[] }> {
  const removed: Buffer[] = []
  const written: Buffer[] = []
  const root = Buffer.from(workTree)
  const isRealFolder = folderCheck(root)
  const otherParents = new Set<string>()
  for (const path of others)
    for (const parent of parentsOf(path)) otherParents.add(parent.toString('latin1'))
  for (const path of changed) {
    const stat = (await isRealFolder(path))
      ? await lstatOrNone(Buffer.concat([root, SLASH, path]))
      : undefined
    const isFile = stat?.isFile() === true || stat?.isSymbolicLink() === true
    const isSubmodule =
      stat?.isDirectory() === true &&
      !otherParents.has(path.toString('latin1')) &&
      (await hasDotGit(root, path))
    if (isFile || isSubmodule) written.push(path)
    else removed.push(path)
  }
  // Untracked ones come last and replace what is in their way.
  return { removed, written: [...written, ...others] }
}

/** Whether every parent of a path is a folder and no link; remembered per folder. */
function folderCheck(root: Buffer): (path: Buffer) => Promise<boolean> {
  const known = new Map<string, boolean>()
  return async (path) => {
    for (const parent of parentsOf(path)) {
      const key = parent.toString('latin1')
      let isFolder = known.get(key)
      if (isFolder === undefined) {
        isFolder = (await lstatOrNone(Buffer.concat([root, SLASH, parent])))?.isDirectory() === true
        known.set(key, isFolder)
      }
      if (!isFolder) return false
    }
    return true
  }
}

/** `a/b/c` → `a`, `a/b`. */
function parentsOf(path: Buffer): Buffer[] {
  const parents: Buffer[] = []
  for (let at = path.indexOf(SLASH); at !== -1; at = path.indexOf(SLASH, at + 1))
    parents.push(path.subarray(0, at))
  return parents
}

async function hasDotGit(root: Buffer, path: Buffer): Promise<boolean> {
  return (await lstatOrNone(Buffer.concat([root, SLASH, path, Buffer.from('/.git')]))) !== undefined
}

async function refuseLarge(workTree: string, paths: Buffer[], maxFileBytes: number): Promise<void> {
  const root = Buffer.from(workTree)
  for (const path of paths) {
    const stat = await lstatOrNone(Buffer.concat([root, SLASH, path]))
    if (stat === undefined || stat.size <= maxFileBytes) continue
    const name = pathFromBytes(path)
    throw new GitError(
      'file_too_large',
      `${name} is ${stat.size} bytes; a change may hold files of at most ${maxFileBytes}. Delete it or have git ignore it.`,
      { details: { path: name, sizeBytes: stat.size, maxBytes: maxFileBytes } },
    )
  }
}

async function lstatOrNone(path: Buffer): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    throw error
  }
}

function lines(paths: readonly Buffer[]): Buffer {
  return Buffer.concat(paths.flatMap((path) => [path, NUL]))
}
