/** The walk behind discovery: synchronous, so that it runs at the speed of the file system in a thread of its own. */

import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type {
  DiscoveredRepository,
  DiscoveryResult,
  DiscoverySnapshot,
  FolderMemory,
} from './discover.ts'

/** Deeper than any real project; ends the walk on mounts that contain themselves. */
const MAX_DEPTH = 200
/** Files that mark our own shadows and workspaces, which are nobody's repositories. */
const OWN_MARKS: ReadonlySet<string> = new Set(['sluice-shadow', 'sluice-workspace.json'])
const PROGRESS_EVERY = 2_000
/** A folder changed this shortly before the scan may change again without a new time stamp. */
const RACY_MS = 2_000

export type WalkInput = {
  roots: readonly string[]
  skipNames: ReadonlySet<string>
  previous?: DiscoverySnapshot
  nowMs: number
  onProgress?: (progress: { foldersSeen: number; repositoriesFound: number }) => void
}

type State = WalkInput & {
  result: DiscoveryResult
  visited: Set<string>
  folders: Record<string, FolderMemory>
}

/** Walks all roots. Symbolic links are never followed; hidden folders and `skipNames` are never entered. */
export function walkRoots(input: WalkInput): DiscoveryResult {
  const folders: Record<string, FolderMemory> = Object.create(null) as Record<string, FolderMemory>
  const result: DiscoveryResult = {
    repositories: [],
    foldersSeen: 0,
    foldersReused: 0,
    unreadable: [],
    snapshot: { version: 1, scannedAtMs: input.nowMs, folders },
  }
  const state: State = { ...input, result, folders, visited: new Set() }
  for (const root of input.roots) {
    try {
      const real = realpathSync(root)
      if (statSync(real).isDirectory()) walkFrom(real, state)
      else result.unreadable.push({ path: root, code: 'ENOTDIR' })
    } catch (error) {
      result.unreadable.push({ path: root, code: codeOf(error) })
    }
  }
  result.repositories.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return result
}

function walkFrom(root: string, state: State): void {
  const { result, folders, visited } = state
  const stack: Array<{ path: string; depth: number }> = [{ path: root, depth: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path, depth } = next
    // Roots may lie inside one another.
    if (visited.has(path)) continue
    visited.add(path)
    let memory: FolderMemory
    try {
      memory = recall(path, state) ?? readFolder(path, root, state)
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'ENOENT') result.unreadable.push({ path, code })
      continue
    }
    folders[path] = memory
    if (memory.repository !== undefined) result.repositories.push(memory.repository)
    result.foldersSeen += 1
    if (result.foldersSeen % PROGRESS_EVERY === 0) {
      state.onProgress?.({
        foldersSeen: result.foldersSeen,
        repositoriesFound: result.repositories.length,
      })
    }
    if (depth >= MAX_DEPTH) continue
    const prefix = path === sep ? sep : path + sep
    for (const name of memory.children) stack.push({ path: prefix + name, depth: depth + 1 })
  }
}

/** What an earlier scan knew of a folder whose entries cannot have changed since. */
function recall(path: string, state: State): FolderMemory | undefined {
  const known = state.previous?.folders[path]
  if (known === undefined) return undefined
  const { mtimeMs } = lstatSync(path)
  if (mtimeMs !== known.mtimeMs || mtimeMs > (state.previous?.scannedAtMs ?? 0) - RACY_MS)
    return undefined
  // The git folder can change while its parent does not; a repository is looked at again (one small read).
  if (
    known.repository !== undefined &&
    readRepository(path, known.repository.root, known.repository.kind === 'bare') === undefined
  ) {
    return undefined
  }
  state.result.foldersReused += 1
  return known
}

function readFolder(path: string, root: string, state: State): FolderMemory {
  // Before the listing: a change in between then makes the next scan read the folder again.
  const { mtimeMs } = lstatSync(path)
  const entries = readdirSync(path, { withFileTypes: true })
  const children: string[] = []
  let hasGit = false
  let bareParts = 0
  for (const entry of entries) {
    const { name } = entry
    if (OWN_MARKS.has(name)) return { mtimeMs, children: [] }
    if (name === '.git') hasGit = !entry.isSymbolicLink()
    else if (isBarePart(entry)) bareParts += 1
    if (entry.isDirectory() && !name.startsWith('.') && !state.skipNames.has(name))
      children.push(name)
  }
  if (bareParts === 3) {
    const bare = readRepository(path, root, true)
    if (bare !== undefined) return { mtimeMs, children: [], repository: bare }
  }
  const repository = hasGit ? readRepository(path, root, false) : undefined
  return repository === undefined ? { mtimeMs, children } : { mtimeMs, children, repository }
}

function isBarePart(entry: Dirent): boolean {
  return (
    (entry.name === 'HEAD' && entry.isFile()) ||
    ((entry.name === 'objects' || entry.name === 'refs') && entry.isDirectory())
  )
}

/** Reads what kind of repository a folder is from its git folder alone; undefined when it is none. */
function readRepository(
  path: string,
  root: string,
  isBare: boolean,
): DiscoveredRepository | undefined {
  try {
    if (isBare)
      return hasHead(path) ? { path, kind: 'bare', gitDir: path, commonDir: path, root } : undefined
    const dotGit = join(path, '.git')
    const stat = lstatSync(dotGit)
    if (stat.isDirectory())
      return hasHead(dotGit)
        ? { path, kind: 'normal', gitDir: dotGit, commonDir: dotGit, root }
        : undefined
    if (!stat.isFile() || stat.size > 10_000) return undefined
    const pointer = /^gitdir: (.+?)\n?$/s.exec(readFileSync(dotGit, 'utf8'))?.[1]
    if (pointer === undefined) return undefined
    const gitDir = resolve(path, pointer)
    if (!hasHead(gitDir)) return undefined
    const commonDir = readCommonDir(gitDir)
    if (commonDir !== undefined) return { path, kind: 'worktree', gitDir, commonDir, root }
    const kind = `${dirname(gitDir)}${sep}`.includes(`${sep}modules${sep}`) ? 'submodule' : 'normal'
    return { path, kind, gitDir, commonDir: gitDir, root }
  } catch (error) {
    // A broken or unreadable git folder is no repository; any other kind of error is a defect of ours.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
}

/** Git's own test: HEAD is a symbolic ref or an object id. */
function hasHead(gitDir: string): boolean {
  const stat = lstatSync(join(gitDir, 'HEAD'))
  if (stat.isSymbolicLink()) return true
  return (
    stat.isFile() &&
    stat.size < 10_000 &&
    /^(ref: refs\/|[0-9a-f]{40})/.test(readFileSync(join(gitDir, 'HEAD'), 'latin1'))
  )
}

function readCommonDir(gitDir: string): string | undefined {
  try {
    return resolve(gitDir, readFileSync(join(gitDir, 'commondir'), 'utf8').replace(/\n$/, ''))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) throw error
  return code
}
