/**
 * The host folder with each sandbox's scratch files and a note of what must be cleaned up should the server be killed.
 *
 *   <state>/<id>/owner.json   who made it, and what it made elsewhere (groups, mount points)
 *   <state>/<id>/tmp          /tmp of its commands
 *   <state>/<id>/mnt          empty; mount point of a command's private mounts
 */
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { CgroupScope } from './cgroup.ts'
import { findMarked, readRow, sendSignal } from './process-table.ts'
import { SandboxError } from './sandbox.ts'
import type { ReapReport } from './sandbox.ts'
import { removeLinks } from './worktree-links.ts'
import type { MadeLink } from './worktree-links.ts'

/** Environment variables that every process of a sandbox is started with: one names the sandbox, one the command. */
export const markerName = 'SANDBOX_MARK'
export const commandMarkerName = 'SANDBOX_COMMAND'

export interface OwnerNote {
  /** The server's process; its start time tells it from a later process with the same id. */
  ownerPid: number
  ownerStartTicks: number
  bootId: string
  /** Value of the marker variable: unguessable, so that no other program's process is ever ended. */
  mark: string
  cgroup?: { version: 1 | 2; folders: string[] }
  /** Empty host folders that were made as mount points, deepest first. */
  mountPoints: string[]
  /** Links that stand in for mounts where nothing isolates. */
  links?: MadeLink[]
}

export interface ScratchFolder {
  path: string
  tmp: string
  mnt: string
}

/** Makes the scratch folder of a sandbox. @throws SandboxError `invalid_options` where the id is in use */
export async function createScratch(stateFolder: string, id: string): Promise<ScratchFolder> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id))
    throw new SandboxError(
      'invalid_options',
      `not a sandbox id: ${JSON.stringify(id.slice(0, 80))}`,
    )
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const path = join(stateFolder, id)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw new SandboxError('invalid_options', `a sandbox with the id ${id} is open already`, {
      cause: error,
    })
  }
  const scratch = { path, tmp: join(path, 'tmp'), mnt: join(path, 'mnt') }
  await mkdir(join(scratch.tmp, 'home'), { recursive: true, mode: 0o700 })
  await mkdir(scratch.mnt)
  return scratch
}

/** Writes (or replaces, in one step) the note by which a later server cleans up. */
export async function writeOwnerNote(scratch: ScratchFolder, note: OwnerNote): Promise<void> {
  const file = join(scratch.path, 'owner.json')
  await writeFile(`${file}.new`, JSON.stringify(note))
  await rename(`${file}.new`, file)
}

/** This process as an owner. */
export async function thisOwner(): Promise<
  Pick<OwnerNote, 'ownerPid' | 'ownerStartTicks' | 'bootId'>
> {
  return {
    ownerPid: process.pid,
    ownerStartTicks: (await readRow(process.pid))?.startTicks ?? 0,
    bootId: await readBootId(),
  }
}

/** Ends and removes what dead owners left under the state folder. */
export async function reapStateFolder(
  stateFolder: string,
  signal?: AbortSignal,
): Promise<ReapReport> {
  const report: ReapReport = { sandboxes: 0, processes: 0, folders: 0 }
  const bootId = await readBootId()
  const names = await readdir(stateFolder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  for (const each of names) {
    signal?.throwIfAborted()
    if (!each.isDirectory()) continue
    const path = join(stateFolder, each.name)
    const note = await readOwnerNote(path)
    if (note !== undefined && (await isOwnerAlive(note, bootId))) continue
    if (note !== undefined && note.bootId === bootId) report.processes += await endProcesses(note)
    if (note !== undefined) await removeMountPoints(note.mountPoints)
    if (note !== undefined) await removeLinks(note.links ?? [])
    await removeScratch(path)
    report.sandboxes += 1
    report.folders += 1
  }
  return report
}

/** Ends all processes of a sandbox by its group and by its mark, and removes the group. */
export async function endProcesses(note: Pick<OwnerNote, 'cgroup' | 'mark'>): Promise<number> {
  let ended = 0
  if (note.cgroup !== undefined) {
    const scope = new CgroupScope(note.cgroup.version, note.cgroup.folders)
    for (const group of [...(await scope.children()), scope]) ended += await group.killAll()
  }
  ended += await killMarked(markerName, note.mark)
  if (note.cgroup !== undefined)
    await new CgroupScope(note.cgroup.version, note.cgroup.folders).remove()
  return ended
}

/** SIGKILL to every process that carries the mark, until none is found. */
export async function killMarked(name: string, mark: string): Promise<number> {
  const ended = new Set<number>()
  for (let round = 0; round < 50; round += 1) {
    const found = await findMarked(name, mark)
    if (found.length === 0) break
    for (const pid of found) if (sendSignal(pid, 'SIGKILL')) ended.add(pid)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return ended.size
}

/** Removes mount points that are still empty; what holds something is someone's and stays. */
export async function removeMountPoints(paths: string[]): Promise<void> {
  for (const path of paths) {
    try {
      const info = await lstat(path)
      if (info.isDirectory()) await rmdir(path)
      else if (info.isFile() && info.size === 0) await unlink(path)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'ENOTDIR' && code !== 'EEXIST')
        throw error
    }
  }
}

/** Removes a scratch folder, also where commands took the rights away from folders that they made in it. */
export async function removeScratch(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  try {
    await remove()
  } catch (error) {
    if (
      !(
        error instanceof Error &&
        'code' in error &&
        (error.code === 'EACCES' || error.code === 'EPERM')
      )
    )
      throw error
    await openFolders(path)
    await remove()
  }
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700)
  for (const each of await readdir(path, { withFileTypes: true }))
    if (each.isDirectory()) await openFolders(join(path, each.name))
}

async function isOwnerAlive(note: OwnerNote, bootId: string): Promise<boolean> {
  if (note.bootId !== bootId) return false
  const row = await readRow(note.ownerPid)
  if (row !== undefined) return row.startTicks === note.ownerStartTicks && !row.isZombie
  // Without /proc only the id can be asked for.
  return note.ownerStartTicks === 0 && isRunning(note.ownerPid)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function readOwnerNote(path: string): Promise<OwnerNote | undefined> {
  try {
    return JSON.parse(await readFile(join(path, 'owner.json'), 'utf8')) as OwnerNote
  } catch (error) {
    // Killed before the note was written: then nothing was started yet either.
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return undefined
    throw error
  }
}

async function readBootId(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => 'unknown',
  )
}
