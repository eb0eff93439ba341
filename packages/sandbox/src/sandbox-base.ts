/** What both providers' sandboxes share: identity, running commands, and an end that waits for all of them. */
import type { CgroupScope } from './cgroup.ts'
import { asFileError, FileError, relativeInside } from './inside/contained-path.ts'
import { createContainment } from './containment.ts'
import { runCommand } from './run-command.ts'
import type { LaunchPlan } from './run-command.ts'
import { SandboxError } from './sandbox.ts'
import type { ExecOptions, ExecResult, SandboxCommand, SandboxLimits } from './sandbox.ts'
import { endProcesses, removeMountPoints, removeScratch } from './state-folder.ts'
import type { OwnerNote, ScratchFolder } from './state-folder.ts'

export const defaultFileBytes = 2 * 1024 ** 3

/** By what one command's processes are found again. */
export interface CommandIdentity {
  /** Of its control groups, to be joined before it starts. */
  joinFiles: string[]
  /** Value of its own marker variable. */
  mark: string
}

export interface SandboxCoreDeps {
  root: string
  scratch: ScratchFolder
  note: OwnerNote
  group: CgroupScope | undefined
  limits: SandboxLimits
  kind: 'namespace' | 'group'
  graceMs: number
  plan(command: SandboxCommand, options: ExecOptions, own: CommandIdentity): Promise<LaunchPlan>
}

/** Runs commands of one sandbox and ends them all at the end. */
export class SandboxCore {
  readonly #deps: SandboxCoreDeps
  readonly #running = new Set<Promise<unknown>>()
  readonly #ending = new AbortController()
  #commands = 0
  #disposal: Promise<void> | undefined

  constructor(deps: SandboxCoreDeps) {
    this.#deps = deps
  }

  get isDisposed(): boolean {
    return this.#disposal !== undefined
  }

  async exec(command: SandboxCommand, options: ExecOptions): Promise<ExecResult> {
    this.refuseDisposed()
    const signals =
      options.signal === undefined ? [this.#ending.signal] : [this.#ending.signal, options.signal]
    const run = this.#run(command, { ...options, signal: AbortSignal.any(signals) })
    this.#running.add(run)
    try {
      return await run
    } finally {
      this.#running.delete(run)
    }
  }

  refuseDisposed(): void {
    if (this.#disposal !== undefined)
      throw new SandboxError('disposed', 'the sandbox has been disposed')
  }

  /** A path of a command's folder as commands see it. @throws SandboxError `invalid_options`, `path_outside` */
  workingFolder(cwd: string | undefined): string {
    try {
      const inside = relativeInside(this.#deps.root, cwd ?? '.')
      return inside === '' ? this.#deps.root : `${this.#deps.root}/${inside}`
    } catch (error) {
      throw asSandboxError(error, cwd ?? '.')
    }
  }

  dispose(beforeRemoval: () => Promise<void>): Promise<void> {
    this.#disposal ??= this.#end(beforeRemoval)
    return this.#disposal
  }

  async #run(command: SandboxCommand, options: ExecOptions): Promise<ExecResult> {
    const { group: sandboxGroup, limits, kind, note } = this.#deps
    this.#commands += 1
    const mark = `${note.mark}.${this.#commands}`
    const group = await sandboxGroup?.child(`c${this.#commands}`)
    try {
      const plan = await this.#deps.plan(command, options, {
        joinFiles: group?.joinFiles() ?? [],
        mark,
      })
      const containment = createContainment({
        group,
        kind,
        memoryBytes: limits.memoryBytes,
        ...(kind === 'group' ? { mark } : {}),
      })
      return await runCommand(plan, options, containment, { graceMs: this.#deps.graceMs })
    } finally {
      await group?.remove()
    }
  }

  async #end(beforeRemoval: () => Promise<void>): Promise<void> {
    this.#ending.abort()
    await Promise.allSettled(this.#running)
    await beforeRemoval()
    await endProcesses(this.#deps.note)
    await removeMountPoints(this.#deps.note.mountPoints)
    await removeScratch(this.#deps.scratch.path)
  }
}

/** Turns an error of the file operations into this package's own; others pass unchanged. */
export function asSandboxError(error: unknown, path: string): unknown {
  const known = asFileError(error, path)
  return known instanceof FileError
    ? new SandboxError(known.code, known.message, { cause: known })
    : error
}
