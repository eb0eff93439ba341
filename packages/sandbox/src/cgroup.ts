/**
 * Control groups: the kernel's own limits on memory and processes of a sandbox as a whole, and a way to find and end every
 * process in it however it was detached. Version 1 (memory and pids each a tree of their own) and version 2 (one tree).
 * Sources: kernel documentation, admin-guide/cgroup-v1/{memory,pids}.rst and admin-guide/cgroup-v2.rst.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { sendSignal } from './process-table.ts'

/** Folders under which groups can be made: one for each tree (version 1), or one for all (version 2). */
export interface CgroupBase {
  version: 1 | 2
  folders: string[]
}

/** Candidates from the text of `/proc/self/cgroup` and `/proc/self/mounts`, best first. Pure. */
export function cgroupCandidates(selfCgroup: string, mounts: string): CgroupBase[] {
  const own = new Map<string, string>()
  for (const line of selfCgroup.trim().split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (path !== undefined) for (const each of (controllers ?? '').split(',')) own.set(each, path)
  }
  const rows = mounts.split('\n').map((line) => line.split(' '))
  const candidates: CgroupBase[] = []
  const v1 = (controller: string) =>
    rows.find(
      ([, , type, options]) => type === 'cgroup' && options?.split(',').includes(controller),
    )?.[1]
  const memory = v1('memory')
  const pids = v1('pids')
  if (memory !== undefined && pids !== undefined) {
    candidates.push({
      version: 1,
      folders: [
        resolve(memory, `.${own.get('memory') ?? '/'}`),
        resolve(pids, `.${own.get('pids') ?? '/'}`),
      ],
    })
    // In a container the own path is often not visible under the mount; the mount's top then is the own group.
    candidates.push({ version: 1, folders: [memory, pids] })
  }
  const unified = rows.find(([, , type]) => type === 'cgroup2')?.[1]
  const ownUnified = own.get('')
  if (memory === undefined && unified !== undefined && ownUnified !== undefined) {
    // In a namespace of its own the path may climb above the mount ("/../x"): then the mount's top is all there is.
    const path = resolve(unified, `.${ownUnified}`)
    const group = path.startsWith(unified) ? path : unified
    candidates.push({ version: 2, folders: [group] })
    // A group that holds processes cannot have limited children; a sibling can stand beside it.
    if (group !== unified) candidates.push({ version: 2, folders: [dirname(group)] })
  }
  return candidates
}

/** The first candidate in which a limited group can really be made, or undefined with the last reason. */
export async function findCgroupBase(): Promise<
  { base: CgroupBase } | { base: undefined; reason: string }
> {
  let reason = 'this system has no memory and pids control groups'
  try {
    const candidates = cgroupCandidates(
      await readFile('/proc/self/cgroup', 'utf8'),
      await readFile('/proc/self/mounts', 'utf8'),
    )
    for (const base of candidates) {
      try {
        const group = await CgroupScope.create(base, `sluice-probe-${process.pid}`, {
          memoryBytes: 64 * 1024 * 1024,
          processes: 16,
        })
        await group.remove()
        return { base }
      } catch (error) {
        reason = `control groups cannot be made here: ${error instanceof Error ? error.message : String(error)}`
      }
    }
  } catch (error) {
    reason = `control groups cannot be read here: ${error instanceof Error ? error.message : String(error)}`
  }
  return { base: undefined, reason }
}

/** One group (in each tree). A sandbox has one with the limits; each of its commands has a child of it. */
export class CgroupScope {
  readonly #version: 1 | 2
  readonly folders: string[]

  constructor(version: 1 | 2, folders: string[]) {
    this.#version = version
    this.folders = folders
  }

  get version(): 1 | 2 {
    return this.#version
  }

  /** Of a group that may not exist yet. */
  static at(base: CgroupBase, name: string): CgroupScope {
    return new CgroupScope(
      base.version,
      base.folders.map((folder) => join(folder, name)),
    )
  }

  /** Makes a sandbox's group with its limits. @throws Error of the file system where it cannot be made */
  static async create(
    base: CgroupBase,
    name: string,
    limits: { memoryBytes: number; processes: number },
  ): Promise<CgroupScope> {
    const scope = CgroupScope.at(base, name)
    if (base.version === 2) {
      for (const folder of base.folders) await enableControllers(folder)
    }
    try {
      for (const folder of scope.folders) await mkdir(folder, { recursive: false })
      await scope.#limit(limits)
    } catch (error) {
      await scope.remove()
      throw error
    }
    return scope
  }

  /** Makes a command's group inside this one. */
  async child(name: string): Promise<CgroupScope> {
    const scope = new CgroupScope(
      this.#version,
      this.folders.map((folder) => join(folder, name)),
    )
    for (const folder of scope.folders) await mkdir(folder)
    return scope
  }

  /** Files to which a process writes its id (or 0 for itself) to join. */
  joinFiles(): string[] {
    return this.folders.map((folder) => join(folder, 'cgroup.procs'))
  }

  async processIds(): Promise<number[]> {
    const lists = await Promise.all(
      this.folders.map((folder) => readIfThere(join(folder, 'cgroup.procs'))),
    )
    return [
      ...new Set(
        lists
          .flatMap((text) => text.split('\n'))
          .filter((line) => line !== '' && line !== '0')
          .map(Number),
      ),
    ]
  }

  /** How many processes of exactly this group the kernel killed for want of memory. */
  async outOfMemoryKills(): Promise<number> {
    const file = this.#version === 1 ? 'memory.oom_control' : 'memory.events'
    const text = await readIfThere(join(this.folders[0] ?? '', file))
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
  }

  /** SIGKILL to all until none is left. Gives how many were killed. */
  async killAll(): Promise<number> {
    let killed = 0
    // Two empty looks in a row, and a bound: a fork bomb makes new ones while the list is read.
    for (let round = 0; round < 200; round += 1) {
      if (this.#version === 2)
        await writeFile(join(this.folders[0] ?? '', 'cgroup.kill'), '1').catch(() => undefined)
      const ids = await this.processIds()
      if (ids.length === 0) return killed
      for (const pid of ids) if (sendSignal(pid, 'SIGKILL')) killed += 1
      await new Promise((resolve) => setTimeout(resolve, Math.min(1 + round, 20)))
    }
    return killed
  }

  /** Removes the group and the groups in it; processes in it must have been ended. A group that is gone is no error. */
  async remove(): Promise<void> {
    for (const folder of this.folders) await removeGroup(folder)
  }

  /** The groups of commands inside this one. */
  async children(): Promise<CgroupScope[]> {
    const names = new Set<string>()
    for (const folder of this.folders) {
      for (const each of await readdir(folder, { withFileTypes: true }).catch(() => []))
        if (each.isDirectory()) names.add(each.name)
    }
    return [...names].map(
      (name) =>
        new CgroupScope(
          this.#version,
          this.folders.map((folder) => join(folder, name)),
        ),
    )
  }

  async #limit(limits: { memoryBytes: number; processes: number }): Promise<void> {
    const memory = this.folders[0] ?? ''
    const pids = this.folders.at(-1) ?? ''
    await writeFile(join(pids, 'pids.max'), String(limits.processes))
    if (this.#version === 1) {
      await writeFile(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes))
      // Missing where the kernel does not account for swap; then there is nothing to limit.
      await writeFile(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes), {
        flag: 'r+',
      }).catch(() => undefined)
      return
    }
    await writeFile(join(memory, 'memory.max'), String(limits.memoryBytes))
    await writeFile(join(memory, 'memory.swap.max'), '0', { flag: 'r+' }).catch(() => undefined)
    // So that each command's group counts its own kills.
    await enableControllers(memory)
  }
}

async function enableControllers(folder: string): Promise<void> {
  const file = join(folder, 'cgroup.subtree_control')
  const enabled = (await readFile(file, 'utf8')).trim().split(/\s+/)
  if (!enabled.includes('memory') || !enabled.includes('pids'))
    await writeFile(file, '+memory +pids')
}

async function removeGroup(folder: string): Promise<void> {
  for (const each of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (each.isDirectory()) await removeGroup(join(folder, each.name))
  }
  // A group stays busy for a moment after its last process was killed.
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rmdir(folder)
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || attempt >= 100) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.min(1 + attempt, 20)))
    }
  }
}

async function readIfThere(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    // ENODEV: the group was removed between opening and reading.
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENODEV')
    )
      return ''
    throw error
  })
}
