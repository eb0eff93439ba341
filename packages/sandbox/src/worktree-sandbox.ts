/** One worktree sandbox: commands in a process group of their own, file operations held inside by their real paths. */
import type { CgroupScope } from './cgroup.ts'
import { allowedEnvironment, joinEnvironment } from './command-environment.ts'
import {
  listEntries,
  readWholeFile,
  replaceFile,
  statEntry,
  unlinkFile,
} from './inside/file-operations.ts'
import { withoutDescriptors } from './inherited-descriptors.ts'
import { commandWords, inGroups, limitedCommand } from './launch-shell.ts'
import type { LaunchPlan } from './run-command.ts'
import { asSandboxError, defaultFileBytes, SandboxCore } from './sandbox-base.ts'
import type { CommandIdentity } from './sandbox-base.ts'
import { SandboxError } from './sandbox.ts'
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
import { removeLinks } from './worktree-links.ts'
import { systemPath } from './toolchain.ts'

export interface WorktreeSandboxDeps {
  env: Record<string, string | undefined>
  nodeFolder: string
  /** Inherited by this process, and to be closed for commands. */
  descriptors: number[]
  scratch: ScratchFolder
  note: OwnerNote
  group: CgroupScope | undefined
  notes: string[]
  graceMs: number
}

const defaultReadBytes = 16 * 1024 * 1024

export class WorktreeSandbox implements Sandbox {
  readonly provider = 'worktree'
  readonly id: string
  readonly root: string
  readonly notes: readonly string[]
  readonly #deps: WorktreeSandboxDeps
  readonly #options: SandboxOptions
  readonly #core: SandboxCore

  constructor(options: SandboxOptions, deps: WorktreeSandboxDeps) {
    this.id = options.id
    this.root = options.workTree
    this.notes = deps.notes
    this.#options = options
    this.#deps = deps
    const { scratch, note, group, graceMs } = deps
    this.#core = new SandboxCore({
      ...{ root: this.root, scratch, note, group, graceMs, limits: options.limits, kind: 'group' },
      plan: async (command, execOptions, own) => this.#plan(command, execOptions, own),
    })
  }

  exec(command: SandboxCommand, options: ExecOptions): Promise<ExecResult> {
    return this.#core.exec(command, options)
  }

  readFile(path: string, options: FileOptions & { maxBytes?: number } = {}): Promise<Uint8Array> {
    return this.#operate(path, options.signal, () =>
      readWholeFile(this.root, path, options.maxBytes ?? defaultReadBytes),
    )
  }

  writeFile(
    path: string,
    bytes: Uint8Array | string,
    options: FileOptions & { executable?: boolean } = {},
  ): Promise<void> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    return this.#operate(path, options.signal, () =>
      replaceFile(this.root, path, body, options.executable),
    )
  }

  removeFile(path: string, options: FileOptions = {}): Promise<void> {
    return this.#operate(path, options.signal, () => unlinkFile(this.root, path))
  }

  list(
    path: string,
    options: FileOptions & { recursive?: boolean; limit: number },
  ): Promise<{ entries: ListedEntry[]; truncated: boolean }> {
    return this.#operate(path, options.signal, () =>
      listEntries(this.root, path, options.recursive ?? false, options.limit),
    )
  }

  stat(path: string, options: FileOptions = {}): Promise<FileStat | undefined> {
    return this.#operate(path, options.signal, () => statEntry(this.root, path))
  }

  dispose(): Promise<void> {
    return this.#core.dispose(() => removeLinks(this.#deps.note.links ?? []))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #operate<T>(
    path: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    this.#core.refuseDisposed()
    if (signal?.aborted === true)
      throw new SandboxError('aborted', 'the file operation was cancelled')
    try {
      return await act()
    } catch (error) {
      throw asSandboxError(error, path)
    }
  }

  #plan(command: SandboxCommand, options: ExecOptions, own: CommandIdentity): LaunchPlan {
    const { note, scratch, env, nodeFolder } = this.#deps
    const passedOn = allowedEnvironment(env)
    const base = {
      ...passedOn,
      PATH: [passedOn['PATH'] ?? systemPath.join(':'), nodeFolder].join(':'),
      TMPDIR: scratch.tmp,
      TERM: 'dumb',
    }
    const marks = { [markerName]: note.mark, [commandMarkerName]: own.mark }
    const limited = limitedCommand(commandWords(command), {
      fileBytes: this.#options.limits.fileBytes ?? defaultFileBytes,
    })
    const [file = '', ...args] = withoutDescriptors(
      this.#deps.descriptors,
      inGroups(own.joinFiles, limited),
    )
    return {
      file,
      args,
      cwd: this.#core.workingFolder(options.cwd),
      env: joinEnvironment(base, this.#options.env, options.env, marks),
    }
  }
}
