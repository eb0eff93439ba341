/**
 * Isolated workspaces: a working tree of their own.
 *
 *   PATH/tree                   the working tree; the sandbox binds it writable, at this same path
 *   PATH/git                    a git folder for looking only; the sandbox binds it read-only; `tree/.git` points at it
 *   PATH/index                  our own index, outside of the agent's reach
 *   PATH/upper, PATH/work       layers of the overlay mount
 *   PATH/sluice-workspace.json  what it is; written last
 */

import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { baseAt, makeBase, requireBase } from './bases.ts'
import type { Base } from './bases.ts'
import { resolveTree } from './commits.ts'
import { GitError, isGitError } from './errors.ts'
import { copyUntouchedIndexFile } from './index-file.ts'
import { readLookRefs, writeLookGit } from './look-git.ts'
import { isMounted, mayMountOverlay, mountOverlay, unmount } from './overlay.ts'
import { branchRef, requireOid } from './refs.ts'
import type { ShadowFolder } from './types.ts'
import { snapshotTree } from './snapshot.ts'
import type { CallOptions, Oid } from './types.ts'
import { cleanWorkTree, removeFolder, writeTree } from './work-tree.ts'

export { pruneBases } from './bases.ts'

/** `overlay`: a mount over a cached checkout; `checkout`: plain files. */
export type WorkspaceKind = 'overlay' | 'checkout'

export type Workspace = {
  path: string
  workTree: string
  indexFile: string
  gitDir: string
  kind: WorkspaceKind
  /** HEAD as seen inside; null in a clean checkout of a tree that has no commit yet. */
  commit: Oid | null
  /** The tree it was made from or last set to. */
  tree: Oid
  /** Tree of the cached checkout below an overlay, else null; hand these to `pruneBases` as `inUse`. */
  base: Oid | null
  /** Bind these read-only, at these same absolute paths, for `git status`, `diff` and `log` to work inside. */
  readOnlyBinds: readonly string[]
}

const MARK = 'sluice-workspace.json'
const CHECKOUT_TIMEOUT_MS = 600_000

/** What the mark holds. */
type Mark = Omit<Workspace, 'path' | 'workTree' | 'indexFile' | 'gitDir'> & {
  version: 1
  shadowPath: string
  branch: string
}

export type CreateWorkspaceInput = CallOptions & {
  shadow: ShadowFolder
  /** Must not exist, or be a workspace or leftover of ours. */
  path: string
  commit: Oid
  /** The commit's tree, where it is known. */
  tree?: Oid
  /** Name shown as the current branch inside; default `sluice`. */
  branch?: string
  /** Default `auto`: overlay where the machine allows it. */
  mode?: 'auto' | 'checkout'
}

/**
 * Makes a working tree at a commit, the fastest way the machine allows. Idempotent: one that is there already at
 * this path is opened as it is, with the changes in it; a half-made one is made anew.
 * @throws GitError `missing_object`, `bad_ref`, `disk_full`, `destination_exists`
 */
export async function createWorkspace(input: CreateWorkspaceInput): Promise<Workspace> {
  const { shadow, path, commit, tree: known, branch = 'sluice', mode = 'auto', ...options } = input
  branchRef(branch)
  if (await hasMark(path)) return openWorkspace(path, options)
  await refuseForeign(path)
  const tree = known ?? (await resolveTree(shadow, requireOid(commit), options))
  return make({ shadow, path, tree, commit, branch, mode, options })
}

/**
 * Opens a workspace made earlier and mounts it again when needed (after a restart of the machine).
 * @throws GitError `workspace_lost`
 */
export async function openWorkspace(path: string, options: CallOptions = {}): Promise<Workspace> {
  const mark = await readMark(path)
  const workspace = fromMark(path, mark)
  if (mark.kind === 'overlay' && !(await isMounted(workspace.workTree))) {
    const base = baseAt(mark.shadowPath, mark.base ?? mark.tree)
    // A base is made from its tree alone, so one that was deleted can be made again.
    await makeBase(mark.shadowPath, base.tree, options)
    if (!mayMountOverlay([path, base.path]) || !(await mountOverlay(layers(path, base), options))) {
      throw new GitError(
        'workspace_lost',
        `The workspace ${path} needs an overlay mount, which this process may not make.`,
      )
    }
  }
  if (mark.kind === 'checkout' && !(await isFolder(workspace.workTree))) {
    throw new GitError('workspace_lost', `The workspace ${path} has lost its files.`)
  }
  return workspace
}

/** Unmounts and deletes; no error when it is gone already. Works on half-made ones. */
export async function removeWorkspace(path: string, options: CallOptions = {}): Promise<void> {
  await unmount(join(path, 'tree'), options)
  await removeFolder(path)
}

/** Looks at every folder directly under `root`: usable workspaces (mounted again) and broken leftovers. */
export async function recoverWorkspaces(
  root: string,
  options: CallOptions = {},
): Promise<{ workspaces: Workspace[]; broken: Array<{ path: string; reason: string }> }> {
  const workspaces: Workspace[] = []
  const broken: Array<{ path: string; reason: string }> = []
  const entries = await readdir(root, { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    const path = join(root, entry.name)
    try {
      workspaces.push(await openWorkspace(path, options))
    } catch (error) {
      if (!isGitError(error) || error.code === 'aborted') throw error
      broken.push({ path, reason: error.message })
    }
  }
  return { workspaces, broken }
}

/**
 * Sets the files of a workspace to exactly `tree` (a checkpoint, the state before a rejected task), keeping ignored
 * files such as installed dependencies.
 */
export async function resetWorkspace(
  input: CallOptions & { shadow: ShadowFolder; workspace: Workspace; tree: Oid },
): Promise<Workspace> {
  const { shadow, workspace, tree, ...options } = input
  // The index then knows every file that is not ignored, so that those the tree does not have are removed.
  await snapshotTree(shadow, { ...options, ...workspace, maxFileBytes: Infinity })
  await writeTree({
    ...options,
    gitDir: shadow.path,
    workTree: workspace.workTree,
    indexFile: workspace.indexFile,
    tree,
  })
  return saveMark(workspace, { tree })
}

/** After a commit: what is seen as HEAD inside moves to it; no file is touched. */
export async function moveWorkspaceHead(
  input: CallOptions & { shadow: ShadowFolder; workspace: Workspace; commit: Oid; branch?: string },
): Promise<Workspace> {
  const { shadow, workspace, commit, ...options } = input
  const { branch } = await readMark(workspace.path)
  const tree = await resolveTree(shadow, commit, options)
  // A snapshot's index holds the stat data of the files as they are; HEAD's tree differs from it only where they do.
  const { tree: current } = await snapshotTree(shadow, {
    ...options,
    ...workspace,
    maxFileBytes: Infinity,
  })
  await writeLookGit({ ...options, ...workspace, shadow, branch: input.branch ?? branch, commit })
  return saveMark(workspace, {
    commit,
    tree: current === tree ? tree : workspace.tree,
    branch: input.branch ?? branch,
  })
}

/**
 * A clean checkout of exactly a tree, for gates. Reusable between rounds at the same path: only differences are
 * rewritten and everything else, ignored files included, is deleted. Remove it with `removeWorkspace`.
 */
export async function checkoutTree(
  input: CallOptions & {
    shadow: ShadowFolder
    tree: Oid
    path: string
    /** HEAD as seen by `git` inside; without it git says that there is no commit yet. */
    commit?: Oid
    mode?: 'auto' | 'checkout'
  },
): Promise<Workspace> {
  const { shadow, path, commit = null, mode = 'auto', ...options } = input
  const tree = await resolveTree(shadow, input.tree, options)
  if (!(await hasMark(path))) {
    await refuseForeign(path)
    return make({ shadow, path, tree, commit, branch: 'sluice', mode, options })
  }
  const mark = await readMark(path)
  if (mark.kind === 'overlay') {
    // A fresh upper layer is cleaner and faster than looking at every file.
    await removeWorkspace(path, options)
    return make({ shadow, path, tree, commit, branch: 'sluice', mode, options })
  }
  const workspace = await openWorkspace(path, options)
  const git = {
    ...options,
    gitDir: shadow.path,
    workTree: workspace.workTree,
    indexFile: workspace.indexFile,
  }
  await writeTree({ ...git, tree })
  await cleanWorkTree(git)
  await writeLookGit({
    ...options,
    ...workspace,
    shadow,
    branch: mark.branch,
    commit,
  })
  return saveMark(workspace, { tree, commit })
}

type MakeInput = {
  shadow: ShadowFolder
  path: string
  tree: Oid
  commit: Oid | null
  branch: string
  mode: 'auto' | 'checkout'
  options: CallOptions
}

async function make(input: MakeInput): Promise<Workspace> {
  const { shadow, path, tree, commit, branch, mode, options } = input
  // A half-made one of an earlier try.
  await removeWorkspace(path, options)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const workTree = join(path, 'tree')
  const indexFile = join(path, 'index')
  // Read while the files are laid out; a failure is thrown where the refs are needed.
  const refs = readLookRefs(shadow, options)
  refs.catch(() => undefined)
  try {
    let base: Base | undefined
    if (mode === 'auto' && mayMountOverlay([path, shadow.path])) {
      base = await requireBase(shadow.path, tree, options)
      if (await mountOverlay(layers(path, base), options))
        await copyUntouchedIndexFile(base.indexFile, indexFile)
      else base = undefined
    }
    if (base?.tree !== tree) {
      await writeTree({
        timeoutMs: CHECKOUT_TIMEOUT_MS,
        ...options,
        gitDir: shadow.path,
        workTree,
        indexFile,
        tree,
      })
    }
    const gitDir = join(path, 'git')
    await writeLookGit({
      ...options,
      shadow,
      gitDir,
      workTree,
      indexFile,
      branch,
      commit,
      refs: await refs,
    })
    const mark: Mark = {
      version: 1,
      shadowPath: shadow.path,
      branch,
      kind: base === undefined ? 'checkout' : 'overlay',
      commit,
      tree,
      base: base?.tree ?? null,
      readOnlyBinds: [gitDir, ...shadow.objectDirs],
    }
    await writeMark(path, mark)
    return fromMark(path, mark)
  } catch (error) {
    await removeWorkspace(path)
    throw error
  }
}

function layers(
  path: string,
  base: Base,
): { lower: string; upper: string; work: string; target: string } {
  return {
    lower: base.workTree,
    upper: join(path, 'upper'),
    work: join(path, 'work'),
    target: join(path, 'tree'),
  }
}

function fromMark(path: string, mark: Mark): Workspace {
  const { kind, commit, tree, base, readOnlyBinds } = mark
  return {
    path,
    kind,
    commit,
    tree,
    base,
    readOnlyBinds,
    workTree: join(path, 'tree'),
    indexFile: join(path, 'index'),
    gitDir: join(path, 'git'),
  }
}

/**
 * The tree of the cached checkout that a workspace stands on, for `pruneBases`; null where it stands on none.
 * @throws GitError `workspace_lost`
 */
export async function baseOfWorkspace(path: string): Promise<Oid | null> {
  return (await readMark(path)).base
}

async function readMark(path: string): Promise<Mark> {
  try {
    return JSON.parse(await readFile(join(path, MARK), 'utf8')) as Mark
  } catch (cause) {
    throw new GitError('workspace_lost', `${path} is not a workspace, or only half of one.`, {
      cause,
    })
  }
}

async function writeMark(path: string, mark: Mark): Promise<void> {
  const draft = join(path, `${MARK}.new`)
  await writeFile(draft, JSON.stringify(mark))
  await rename(draft, join(path, MARK))
}

async function saveMark(workspace: Workspace, change: Partial<Mark>): Promise<Workspace> {
  const mark = { ...(await readMark(workspace.path)), ...change }
  await writeMark(workspace.path, mark)
  return fromMark(workspace.path, mark)
}

async function hasMark(path: string): Promise<boolean> {
  return stat(join(path, MARK)).then(
    () => true,
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** A folder with anything in it that is not ours is never deleted. */
async function refuseForeign(path: string): Promise<void> {
  const ours = new Set(['tree', 'git', 'index', 'index.lock', 'upper', 'work', MARK, `${MARK}.new`])
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (names.every((name) => ours.has(name))) return
  throw new GitError('destination_exists', `${path} exists and is not a workspace.`, {
    details: { path },
  })
}
