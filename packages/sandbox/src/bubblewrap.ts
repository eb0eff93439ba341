/** The bubblewrap provider: finds bwrap, tries what this machine allows, opens sandboxes, cleans up after a killed server. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { BubblewrapSandbox } from './bubblewrap-sandbox.ts'
import type { MachineView } from './bubblewrap-arguments.ts'
import { CgroupScope, findCgroupBase } from './cgroup.ts'
import { inheritedDescriptors } from './inherited-descriptors.ts'
import { withOverlays } from './launch-shell.ts'
import { createMachineView } from './machine-view.ts'
import { planMounts } from './mount-plan.ts'
import { SandboxError } from './sandbox.ts'
import type {
  Sandbox,
  SandboxCheck,
  SandboxLimitReport,
  SandboxOptions,
  SandboxProvider,
} from './sandbox.ts'
import {
  createScratch,
  reapStateFolder,
  removeMountPoints,
  removeScratch,
  thisOwner,
  writeOwnerNote,
} from './state-folder.ts'
import type { OwnerNote } from './state-folder.ts'
import { systemPath } from './toolchain.ts'
import type { Toolchain } from './toolchain.ts'

const run = promisify(execFile)
const probeTimeoutMs = 10_000

export interface BubblewrapDeps {
  /** Host folder of this server's own; made if missing. */
  stateFolder: string
  toolchain: Toolchain
  /** Default: looked for in the system's folders. */
  bwrapPath?: string
  /** Between SIGTERM and SIGKILL; default 500. */
  graceMs?: number
  /** After this time without a file operation the helper ends; default 60 s. */
  helperIdleMs?: number
  /** For one file operation; default 60 s, for a machine under heavy load. */
  fileTimeoutMs?: number
  /** False makes the provider go without control groups or overlays, as on machines that lack them. Default true. */
  useCgroups?: boolean
  useOverlays?: boolean
}

type CgroupState = Awaited<ReturnType<typeof findCgroupBase>>

interface Machine {
  bwrapPath: string
  view: MachineView
  cgroups: CgroupState
  canOverlay: boolean
  isRoot: boolean
  descriptors: number[]
}

/** Makes the provider; touches the machine only when checked or opened. */
export function createBubblewrapProvider(deps: BubblewrapDeps): SandboxProvider {
  let machine: Promise<Machine> | undefined
  const requireMachine = async (): Promise<Machine> => {
    machine ??= exploreMachine(deps)
    try {
      return await machine
    } catch (error) {
      machine = undefined
      throw error
    }
  }
  const provider: SandboxProvider = {
    name: 'bubblewrap',
    isolates: true,
    check: (signal) => check(provider, deps, requireMachine, signal),
    open: async (options) => open(options, deps, await requireMachine()),
    reapOrphans: (signal) => reapStateFolder(join(deps.stateFolder, 'sandboxes'), signal),
  }
  return provider
}

async function exploreMachine(deps: BubblewrapDeps): Promise<Machine> {
  const isRoot = process.getuid?.() === 0
  const bwrapPath = deps.bwrapPath ?? (await findProgram('bwrap'))
  if (bwrapPath === undefined)
    throw new SandboxError('unavailable', 'bubblewrap (bwrap) is not installed')
  const view = await createMachineView(join(deps.stateFolder, 'etc'), deps.toolchain, isRoot)
  const cgroups: CgroupState =
    deps.useCgroups === false
      ? { base: undefined, reason: 'control groups are switched off' }
      : await findCgroupBase()
  const canOverlay = deps.useOverlays !== false && (await tryOverlay(deps.stateFolder, isRoot))
  return { bwrapPath, view, cgroups, canOverlay, isRoot, descriptors: inheritedDescriptors() }
}

async function open(
  options: SandboxOptions,
  deps: BubblewrapDeps,
  machine: Machine,
): Promise<Sandbox> {
  const workTree = await checkedWorkTree(options)
  const scratch = await createScratch(join(deps.stateFolder, 'sandboxes'), options.id)
  const note: OwnerNote = {
    ...(await thisOwner()),
    mark: randomBytes(18).toString('hex'),
    mountPoints: [],
  }
  let group: CgroupScope | undefined
  try {
    await writeOwnerNote(scratch, note)
    const mounts = await planMounts({ ...options, workTree }, scratch.mnt, machine.canOverlay)
    note.mountPoints = mounts.madeMountPoints
    await writeOwnerNote(scratch, note)
    if (machine.cgroups.base !== undefined) {
      const name = `sluice-${note.mark.slice(0, 16)}`
      // Noted before it is made: a server killed in between leaves nothing unknown.
      const { version, folders } = CgroupScope.at(machine.cgroups.base, name)
      note.cgroup = { version, folders }
      await writeOwnerNote(scratch, note)
      group = await CgroupScope.create(machine.cgroups.base, name, options.limits)
    }
    return new BubblewrapSandbox(
      { ...options, workTree },
      {
        ...{
          bwrapPath: machine.bwrapPath,
          machine: machine.view,
          toolchain: deps.toolchain,
          descriptors: machine.descriptors,
          isRoot: machine.isRoot,
          scratch,
          note,
          group,
          mounts,
        },
        ...{
          graceMs: deps.graceMs ?? 500,
          helperIdleMs: deps.helperIdleMs ?? 60_000,
          fileTimeoutMs: deps.fileTimeoutMs ?? 60_000,
        },
      },
    )
  } catch (error) {
    await group?.remove()
    await removeMountPoints(note.mountPoints)
    await removeScratch(scratch.path)
    throw error
  }
}

/** @throws SandboxError `invalid_options` */
export async function checkedWorkTree(options: SandboxOptions): Promise<string> {
  const { memoryBytes, processes } = options.limits
  if (!(memoryBytes >= 16 * 1024 * 1024) || !(processes >= 8))
    throw new SandboxError(
      'invalid_options',
      'the limits are too low: at least 16 MiB and 8 processes',
    )
  if (!isAbsolute(options.workTree))
    throw new SandboxError('invalid_options', 'the work tree must be an absolute path')
  try {
    const real = await realpath(options.workTree)
    if ((await stat(real)).isDirectory()) return real
  } catch (error) {
    throw new SandboxError('invalid_options', `the work tree cannot be read: ${options.workTree}`, {
      cause: error,
    })
  }
  throw new SandboxError('invalid_options', `the work tree is not a folder: ${options.workTree}`)
}

async function check(
  provider: SandboxProvider,
  deps: BubblewrapDeps,
  requireMachine: () => Promise<Machine>,
  signal?: AbortSignal,
): Promise<SandboxCheck> {
  try {
    const machine = await requireMachine()
    const version = (
      await run(machine.bwrapPath, ['--version'], { timeout: probeTimeoutMs, signal })
    ).stdout.trim()
    await mkdir(deps.stateFolder, { recursive: true, mode: 0o700 })
    const folder = await mkdtemp(join(deps.stateFolder, 'check-'))
    try {
      const limits = { memoryBytes: 256 * 1024 * 1024, processes: 64 }
      await using sandbox = await provider.open({
        id: `check-${randomBytes(6).toString('hex')}`,
        workTree: folder,
        limits,
      })
      const result = await sandbox.exec({ argv: ['true'] }, { timeoutMs: probeTimeoutMs, signal })
      if (result.cancelled) signal?.throwIfAborted()
      if (result.exitCode !== 0)
        return {
          available: false,
          reason: `a first command failed: ${result.output.slice(0, 500)}`,
          remedy: remedyFor(result.output),
        }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return { available: true, version, limits: limitReport(machine) }
  } catch (error) {
    signal?.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return { available: false, reason, remedy: remedyFor(reason) }
  }
}

function limitReport(machine: Machine): SandboxLimitReport {
  if (machine.cgroups.base !== undefined)
    return {
      memory: 'sandbox',
      processes: 'sandbox',
      fileSize: 'command',
      time: 'sandbox',
      notes: overlayNotes(machine),
    }
  // The kernel exempts root's own user id from the process limit, in every user namespace.
  const processes = machine.isRoot ? 'none' : 'command'
  const notes = [
    `Memory is measured five times a second, and each process is held by the kernel only 1 GiB above the limit: ${machine.cgroups.reason}. Start the server where control groups (memory, pids) are delegated to it.`,
    ...(machine.isRoot
      ? [
          'The number of processes is not limited, for root is exempt from it: run the server as another user, or with control groups.',
        ]
      : []),
  ]
  return {
    memory: 'sampled',
    processes,
    fileSize: 'command',
    time: 'sandbox',
    notes: [...notes, ...overlayNotes(machine)],
  }
}

function overlayNotes(machine: Machine): string[] {
  return machine.canOverlay
    ? []
    : [
        'Overlays do not work here: large dependency folders are read-only, so tools cannot keep a cache in them.',
      ]
}

function remedyFor(reason: string): string {
  if (/not installed|ENOENT/.test(reason))
    return 'Install it: `apt install bubblewrap`, `dnf install bubblewrap` or `pacman -S bubblewrap`. bubblewrap needs Linux.'
  if (/namespace|Operation not permitted|uid map|No permissions/i.test(reason)) {
    return 'The system forbids user namespaces. Allow them (`sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu 24.04 and later also an AppArmor profile for bwrap), or in a container run it with `--security-opt seccomp=unconfined`.'
  }
  return 'Run `bwrap --unshare-all --ro-bind / / true` in a terminal to see what the system refuses.'
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of systemPath) {
    const path = join(folder, name)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

async function tryOverlay(stateFolder: string, isRoot: boolean): Promise<boolean> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(stateFolder, 'overlay-'))
  try {
    const [source, mnt] = [join(folder, 'source'), join(folder, 'mnt')]
    await mkdir(source)
    await mkdir(mnt)
    const words = withOverlays(mnt, [{ source, merged: join(mnt, 'm') }], 1024 * 1024, isRoot, [
      '/bin/mkdir',
      join(mnt, 'm', 'new'),
    ])
    await run(words[0] ?? '', words.slice(1), {
      timeout: probeTimeoutMs,
      env: { PATH: systemPath.join(':') },
    })
    return true
  } catch {
    // Any refusal means the same: do without. The report says so.
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
