/**
 * Prepares a sandbox's mounts on the host's side: mount points in the work tree, how scratch mounts are made here, and the
 * proof before every command that no earlier one moved a mount point or put a link in its way.
 */
import { lstat, mkdir, readdir, readlink, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { workspaceRoot } from './bubblewrap-arguments.ts'
import type { SandboxView } from './bubblewrap-arguments.ts'
import { isWithin } from './inside/contained-path.ts'
import type { ScratchOverlay } from './launch-shell.ts'
import { SandboxError } from './sandbox.ts'
import type { SandboxMount, SandboxOptions } from './sandbox.ts'

/** Each child costs a mount, and bwrap's time grows with their square: 300 take about 0.15 s a command. */
const maxPatchworkChildren = 300

export interface MountPlan {
  /** For commands. */
  view: Pick<SandboxView, 'mounts' | 'patchworks' | 'masked'>
  /** For the file helper: the same, with scratch mounts plainly read-only. */
  helperView: Pick<SandboxView, 'mounts' | 'patchworks' | 'masked'>
  overlays: ScratchOverlay[]
  /** Empty host folders and files made as mount points, deepest first; to be removed at the end. */
  madeMountPoints: string[]
  notes: string[]
  /** @throws SandboxError `start_failed` where the work tree no longer has a mount point as it was */
  verify(): Promise<void>
}

interface Guarded {
  path: string
  device: number
  inode: number
}

/** @throws SandboxError `invalid_options` */
export async function planMounts(
  options: SandboxOptions,
  mountFolder: string,
  canOverlay: boolean,
): Promise<MountPlan> {
  const workTree = await realpath(options.workTree)
  const plan: Omit<MountPlan, 'verify'> = {
    view: { mounts: [], patchworks: [], masked: [] },
    helperView: { mounts: [], patchworks: [], masked: [] },
    overlays: [],
    madeMountPoints: [],
    notes: [],
  }
  const guarded: Guarded[] = []

  /** Makes sure that a mount point in the work tree exists and is reached without links, and remembers which it is. */
  async function claim(target: string, isFolder: boolean): Promise<void> {
    if (!isWithin(workspaceRoot, target)) return
    const path = join(workTree, relative(workspaceRoot, target))
    const missing: string[] = []
    for (let at = path; (await lstat(at).catch(ignoreMissing)) === undefined; at = dirname(at))
      missing.unshift(at)
    const existing = missing[0] === undefined ? path : dirname(missing[0])
    if ((await realpath(existing)) !== existing)
      throw new SandboxError('invalid_options', `a mount target leads through a link: ${target}`)
    for (const each of missing) {
      if (each === path && !isFolder) await writeFile(each, '', { flag: 'wx' })
      else await mkdir(each)
      plan.madeMountPoints.unshift(each)
    }
    const info = await lstat(path)
    if (info.isDirectory() !== isFolder)
      throw new SandboxError(
        'invalid_options',
        `a mount target is not of its source's kind: ${target}`,
      )
    guarded.push({ path, device: info.dev, inode: info.ino })
  }

  for (const [index, mount] of (options.readOnlyMounts ?? []).entries()) {
    const target = targetOf(mount)
    const info = await stat(mount.source).catch((error: unknown) => {
      throw new SandboxError(
        'invalid_options',
        `the source of a mount cannot be read: ${mount.source}`,
        { cause: error },
      )
    })
    await claim(target, info.isDirectory())
    const plain = { source: mount.source, target, writable: false }
    plan.helperView.mounts.push(plain)
    if (mount.mode !== 'scratch' || !info.isDirectory()) plan.view.mounts.push(plain)
    else if (canOverlay) {
      const merged = join(mountFolder, `m${index}`)
      plan.overlays.push({ source: mount.source, merged })
      plan.view.mounts.push({ source: merged, target, writable: true })
    } else {
      const children = await childrenOf(mount.source)
      if (children.length <= maxPatchworkChildren) plan.view.patchworks.push({ target, children })
      else {
        plan.view.mounts.push(plain)
        plan.notes.push(
          `${target} is read-only: overlays do not work here, and ${children.length} entries are too many to mount one by one`,
        )
      }
    }
  }

  for (const path of options.maskedPaths ?? []) {
    const target = targetOf({ source: '', target: path })
    if (!isWithin(workspaceRoot, target))
      throw new SandboxError('invalid_options', `a masked path lies outside the work tree: ${path}`)
    const info = await lstat(join(workTree, relative(workspaceRoot, target))).catch(ignoreMissing)
    if (info === undefined) continue
    if (!info.isFile() && !info.isDirectory()) {
      plan.notes.push(
        `${path} is a link and was not masked; its target is seen only if it lies in the work tree`,
      )
      continue
    }
    await claim(target, info.isDirectory())
    plan.view.masked.push({ target, isFolder: info.isDirectory() })
  }
  await protectGit(workTree, plan, claim)
  plan.helperView.masked = plan.view.masked

  return {
    ...plan,
    async verify() {
      for (const { path, device, inode } of guarded) {
        const info = await lstat(path).catch(ignoreMissing)
        if (info?.dev !== device || info.ino !== inode || (await realpath(path)) !== path) {
          throw new SandboxError(
            'start_failed',
            `a mounted or masked path of the work tree was moved away: ${relative(workTree, path)}`,
          )
        }
      }
    },
  }
}

/** A git folder at the top is shown read-only: hooks and settings in it run outside when the platform uses git. */
async function protectGit(
  workTree: string,
  plan: Omit<MountPlan, 'verify'>,
  claim: (target: string, isFolder: boolean) => Promise<void>,
): Promise<void> {
  const target = join(workspaceRoot, '.git')
  const info = await lstat(join(workTree, '.git')).catch(ignoreMissing)
  if (info === undefined || plan.view.mounts.some((mount) => mount.target === target)) return
  if (info.isSymbolicLink())
    throw new SandboxError('invalid_options', 'the .git of the work tree is a link')
  await claim(target, info.isDirectory())
  const mount = { source: join(workTree, '.git'), target, writable: false }
  plan.view.mounts.push(mount)
  plan.helperView.mounts.push(mount)
}

function targetOf(mount: SandboxMount): string {
  const target = isAbsolute(mount.target) ? join(mount.target) : join(workspaceRoot, mount.target)
  if (
    mount.target === '' ||
    target.includes('\0') ||
    target === '/' ||
    target === workspaceRoot ||
    ['/proc', '/dev', '/sys'].some((root) => isWithin(root, target))
  ) {
    throw new SandboxError(
      'invalid_options',
      `not a place for a mount: ${JSON.stringify(mount.target)}`,
    )
  }
  if (!isAbsolute(mount.target) && !isWithin(workspaceRoot, target))
    throw new SandboxError(
      'invalid_options',
      `a mount target leaves the work tree: ${mount.target}`,
    )
  return target.length > 1 && target.endsWith('/') ? target.slice(0, -1) : target
}

async function childrenOf(
  folder: string,
): Promise<{ name: string; source: string; link: string | undefined }[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
      .map(async (entry) => {
        const source = join(folder, entry.name)
        return {
          name: entry.name,
          source,
          link: entry.isSymbolicLink() ? await readlink(source) : undefined,
        }
      }),
  )
}

function ignoreMissing(error: unknown): undefined {
  if (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  )
    return undefined
  throw error
}
