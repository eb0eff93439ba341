/** Cached, immutable checkouts: the lower layer of overlay workspaces, one folder per tree in `SHADOW/bases`. */

import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { isOid } from './refs.ts'
import { runGit } from './run.ts'
import type { CallOptions, Oid } from './types.ts'
import { removeFolder, writeTree } from './work-tree.ts'

/** Above this many differing files a base of its own is made instead of writing them into the workspace. */
const MAX_DIFFERENCE = 2_000
/** How many recent bases are compared with a new tree. */
const CANDIDATES = 3

export type Base = { tree: Oid; path: string; workTree: string; indexFile: string }

const making = new Map<string, Promise<Base>>()

export function baseAt(shadowPath: string, tree: Oid): Base {
  const path = join(shadowPath, 'bases', tree)
  return { tree, path, workTree: join(path, 'tree'), indexFile: join(path, 'index') }
}

/** The base for a tree: its own, else a recent one that differs little, else a new one. */
export async function requireBase(
  shadowPath: string,
  tree: Oid,
  options: CallOptions,
): Promise<Base> {
  const own = baseAt(shadowPath, tree)
  if (await exists(own.indexFile)) return touch(own)
  for (const candidate of (await listBases(shadowPath)).slice(0, CANDIDATES)) {
    if (await isNear(shadowPath, candidate.tree, tree, options)) return touch(candidate)
  }
  return makeBase(shadowPath, tree, options)
}

/** Makes a tree's own base; callers at the same time share one checkout. */
export function makeBase(shadowPath: string, tree: Oid, options: CallOptions): Promise<Base> {
  const base = baseAt(shadowPath, tree)
  const running = making.get(base.path)
  if (running !== undefined) return running
  const promise = checkOut(shadowPath, base, options).finally(() => making.delete(base.path))
  making.set(base.path, promise)
  return promise
}

/** Bases, most recently used first. */
export async function listBases(shadowPath: string): Promise<Base[]> {
  const names = await readdir(join(shadowPath, 'bases')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found = await Promise.all(
    names.filter(isOid).map(async (name) => {
      const base = baseAt(shadowPath, name)
      const usedMs = await stat(base.path).then(
        (found) => found.mtimeMs,
        () => 0,
      )
      return { base, usedMs }
    }),
  )
  return found.sort((a, b) => b.usedMs - a.usedMs).map(({ base }) => base)
}

/**
 * Deletes bases beyond the `keep` most recently used ones, never one that a workspace stands on.
 * @returns the trees whose bases were deleted
 */
export async function pruneBases(input: {
  shadowPath: string
  inUse: Iterable<Oid>
  keep: number
}): Promise<Oid[]> {
  const inUse = new Set(input.inUse)
  const gone = (await listBases(input.shadowPath))
    .slice(input.keep)
    .filter((base) => !inUse.has(base.tree))
  for (const base of gone) await removeFolder(base.path)
  return gone.map((base) => base.tree)
}

async function checkOut(shadowPath: string, base: Base, options: CallOptions): Promise<Base> {
  if (await exists(base.indexFile)) return base
  const draft = `${base.path}.${process.pid}.${Math.random().toString(36).slice(2)}.new`
  await mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    await writeTree({
      ...options,
      gitDir: shadowPath,
      workTree: join(draft, 'tree'),
      indexFile: join(draft, 'index'),
      tree: base.tree,
      timeoutMs: options.timeoutMs ?? 600_000,
    })
    await rename(draft, base.path)
  } catch (error) {
    await removeFolder(draft)
    // Another process made the same base meanwhile.
    if (!(await exists(base.indexFile))) throw error
  }
  return base
}

async function isNear(
  shadowPath: string,
  from: Oid,
  to: Oid,
  options: CallOptions,
): Promise<boolean> {
  const { stdout } = await runGit({
    ...options,
    gitDir: shadowPath,
    okCodes: [0, 128],
    args: ['diff-tree', '-r', '--no-renames', '--name-only', '-z', from, to],
  })
  let count = 0
  for (let at = stdout.indexOf(0); at !== -1; at = stdout.indexOf(0, at + 1)) count += 1
  return count <= MAX_DIFFERENCE
}

/** Notes the use; the order of uses decides what is compared and pruned. */
async function touch(base: Base): Promise<Base> {
  const now = new Date()
  await utimes(base.path, now, now)
  return base
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
