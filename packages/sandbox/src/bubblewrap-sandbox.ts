/** One bubblewrap sandbox: each command in namespaces of its own, file operations through a resident helper inside. */
import {
  bubblewrapArguments,
  helperFolder,
  ownNode,
  workspaceRoot,
} from './bubblewrap-arguments.ts'
import type { CommandView, MachineView, SandboxView } from './bubblewrap-arguments.ts'
import type { CgroupScope } from './cgroup.ts'
import { joinEnvironment } from './command-environment.ts'
import { FileClient } from './file-client.ts'
import type { EntryStat } from './inside/file-operations.ts'
import { withoutDescriptors } from './inherited-descriptors.ts'
import { commandWords, inGroups, limitedCommand, withOverlays } from './launch-shell.ts'
import type { MountPlan } from './mount-plan.ts'
import type { LaunchPlan } from './run-command.ts'
import { defaultFileBytes, SandboxCore } from './sandbox-base.ts'
import type { CommandIdentity } from './sandbox-base.ts'
import type {
  ExecOptions,
  ExecResult,
  FileOptions,
  FileStat,
  ListedEntry,
  Sandbox,
  SandboxCommand,
  SandboxOptions,
} from './sandbox.ts'
import { commandMarkerName, markerName } from './state-folder.ts'
import type { OwnerNote, ScratchFolder } from './state-folder.ts'
import { systemPath } from './toolchain.ts'
import type { Toolchain } from './toolchain.ts'

export interface BubblewrapSandboxDeps {
  bwrapPath: string
  machine: MachineView
  toolchain: Toolchain
  /** Inherited by this process, and to be closed for commands. */
  descriptors: number[]
  isRoot: boolean
  scratch: ScratchFolder
  note: OwnerNote
  group: CgroupScope | undefined
  mounts: MountPlan
  graceMs: number
  helperIdleMs: number
  fileTimeoutMs: number
}

/** A process may hold this much beyond the sampled limit before the kernel refuses; Node reserves over 500 MB at start. */
const dataHeadroomBytes = 1024 ** 3
const defaultReadBytes = 16 * 1024 * 1024

export class BubblewrapSandbox implements Sandbox {
  readonly provider = 'bubblewrap'
  readonly root = workspaceRoot
  readonly id: string
  readonly notes: readonly string[]
  readonly #deps: BubblewrapSandboxDeps
  readonly #options: SandboxOptions
  readonly #core: SandboxCore
  readonly #files: FileClient

  constructor(options: SandboxOptions, deps: BubblewrapSandboxDeps) {
    this.id = options.id
    this.notes = deps.mounts.notes
    this.#options = options
    this.#deps = deps
    const { scratch, note, group, graceMs } = deps
    this.#core = new SandboxCore({
      ...{
        root: workspaceRoot,
        scratch,
        note,
        group,
        graceMs,
        limits: options.limits,
        kind: 'namespace',
      },
      plan: (command, execOptions, own) => this.#planCommand(command, execOptions, own),
    })
    this.#files = new FileClient({
      plan: () => this.#planHelper(),
      idleMs: deps.helperIdleMs,
      timeoutMs: deps.fileTimeoutMs,
    })
  }

  exec(command: SandboxCommand, options: ExecOptions): Promise<ExecResult> {
    return this.#core.exec(command, options)
  }

  async readFile(
    path: string,
    options: FileOptions & { maxBytes?: number } = {},
  ): Promise<Uint8Array> {
    const { body } = await this.#files.request(
      { root: this.root, operation: 'read', path, maxBytes: options.maxBytes ?? defaultReadBytes },
      undefined,
      options.signal,
    )
    return body
  }

  async writeFile(
    path: string,
    bytes: Uint8Array | string,
    options: FileOptions & { executable?: boolean } = {},
  ): Promise<void> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    const executable = options.executable === undefined ? {} : { executable: options.executable }
    await this.#files.request(
      { root: this.root, operation: 'write', path, ...executable },
      body,
      options.signal,
    )
  }

  async removeFile(path: string, options: FileOptions = {}): Promise<void> {
    await this.#files.request(
      { root: this.root, operation: 'remove', path },
      undefined,
      options.signal,
    )
  }

  async list(
    path: string,
    options: FileOptions & { recursive?: boolean; limit: number },
  ): Promise<{ entries: ListedEntry[]; truncated: boolean }> {
    const { recursive, limit, signal } = options
    const { value } = await this.#files.request(
      { root: this.root, operation: 'list', path, recursive: recursive ?? false, limit },
      undefined,
      signal,
    )
    return value as { entries: ListedEntry[]; truncated: boolean }
  }

  async stat(path: string, options: FileOptions = {}): Promise<FileStat | undefined> {
    const { value } = await this.#files.request(
      { root: this.root, operation: 'stat', path },
      undefined,
      options.signal,
    )
    return value as EntryStat | undefined
  }

  dispose(): Promise<void> {
    return this.#core.dispose(() => this.#files.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #planCommand(
    command: SandboxCommand,
    options: ExecOptions,
    own: CommandIdentity,
  ): Promise<LaunchPlan> {
    const { group, mounts, scratch, isRoot } = this.#deps
    const { limits } = this.#options
    const words = commandWords(command)
    const view: CommandView = {
      cwd: this.#core.workingFolder(options.cwd),
      env: this.#environment(options.env, own.mark),
    }
    await mounts.verify()
    const shellLimits = {
      fileBytes: limits.fileBytes ?? defaultFileBytes,
      ...(group === undefined
        ? { dataBytes: limits.memoryBytes + dataHeadroomBytes, processes: limits.processes }
        : {}),
    }
    const inner = [this.#deps.bwrapPath, '--args', '4', '--', ...limitedCommand(words, shellLimits)]
    const launched = inGroups(
      own.joinFiles,
      withOverlays(
        scratch.mnt,
        mounts.overlays,
        limits.fileBytes ?? defaultFileBytes,
        isRoot,
        inner,
      ),
    )
    return this.#launch(launched, mounts.view, view, own.mark)
  }

  #planHelper(): LaunchPlan {
    const view: CommandView = {
      cwd: workspaceRoot,
      env: joinEnvironment({ PATH: systemPath.join(':') }),
    }
    const words = [
      this.#deps.bwrapPath,
      '--args',
      '4',
      '--',
      ownNode,
      `${helperFolder}/file-helper.ts`,
    ]
    return this.#launch(words, this.#deps.mounts.helperView, view, `${this.#deps.note.mark}.files`)
  }

  #launch(
    words: string[],
    mounts: MountPlan['view'],
    command: CommandView,
    mark: string,
  ): LaunchPlan {
    const { machine, scratch, note } = this.#deps
    const view: SandboxView = {
      ...mounts,
      workTree: this.#options.workTree,
      writable: this.#options.access !== 'read-only',
      tmp: scratch.tmp,
      nested: this.#options.nestedSandboxes === true,
      shmBytes: Math.min(256 * 1024 * 1024, this.#options.limits.memoryBytes),
    }
    const [file = '', ...args] = withoutDescriptors(this.#deps.descriptors, words)
    // The outer steps run outside the walls: they get nothing of the command's environment (LD_PRELOAD, for one).
    const env = { PATH: systemPath.join(':'), [markerName]: note.mark, [commandMarkerName]: mark }
    return {
      file,
      args,
      env,
      cwd: '/',
      extraInput: Buffer.from(`${bubblewrapArguments(machine, view, command).join('\0')}\0`),
    }
  }

  #environment(env: Record<string, string> | undefined, mark: string): Record<string, string> {
    const { toolchain, note } = this.#deps
    const base = {
      PATH: [...toolchain.path, ...systemPath, '/run/sluice/bin'].join(':'),
      ...{
        HOME: '/tmp/home',
        TMPDIR: '/tmp',
        USER: 'sandbox',
        LOGNAME: 'sandbox',
        SHELL: '/bin/sh',
        LANG: 'C.UTF-8',
        TERM: 'dumb',
      },
      ...toolchain.env,
    }
    return joinEnvironment(base, this.#options.env, env, {
      [markerName]: note.mark,
      [commandMarkerName]: mark,
    })
  }
}
