/**
 * The Sandbox interface: an isolated place where a task's commands run and its files are read and written.
 * Two providers implement it, bubblewrap (isolates) and worktree (does not); `behaviour.int.test.ts` holds both to it.
 */

export type SandboxProviderName = 'bubblewrap' | 'worktree'

/** How firmly a limit holds on this machine. */
export type LimitStrength =
  /** The kernel holds it for all processes of the sandbox together. */
  | 'sandbox'
  /** The kernel holds it for each command (memory: for each process) by itself. */
  | 'command'
  /** Measured several times a second; a fast burst may pass before the sandbox's command is ended. */
  | 'sampled'
  /** Nothing holds it here. */
  | 'none'

/** What holds on this machine, and in words why, for the settings page. */
export interface SandboxLimitReport {
  memory: LimitStrength
  processes: LimitStrength
  /** The largest single file a command may write. */
  fileSize: LimitStrength
  /** Wall time, and the end of every process that a command leaves behind. */
  time: LimitStrength
  /** One sentence for each limit that holds less than it could, with what would help. */
  notes: string[]
}

export type SandboxCheck =
  | { available: true; version: string; limits: SandboxLimitReport }
  | { available: false; reason: string; remedy: string }

export interface SandboxProvider {
  readonly name: SandboxProviderName
  /** False where commands see and may change the whole machine: the page must say so for as long as it is used. */
  readonly isolates: boolean
  /** Tries the provider for real (starts one command) and says what holds here. Never throws but for an aborted signal. */
  check(signal?: AbortSignal): Promise<SandboxCheck>
  /**
   * Opens a sandbox over a work tree. Starts no process yet.
   * @throws SandboxError `invalid_options`, `unavailable`
   */
  open(options: SandboxOptions): Promise<Sandbox>
  /**
   * Ends what a killed server left behind under this provider's state folder: processes, cgroups, scratch folders.
   * Call once at start, before the first `open`. Sandboxes of a living server on the same state folder are left alone.
   */
  reapOrphans(signal?: AbortSignal): Promise<ReapReport>
}

export interface ReapReport {
  /** Sandboxes of which something was left. */
  sandboxes: number
  processes: number
  folders: number
}

export interface SandboxMount {
  /** Absolute host path, file or folder. */
  source: string
  /** Where commands see it: absolute, or relative to the work tree. */
  target: string
  /**
   * `read-only` (default): nothing can be written.
   * `scratch`: for dependency folders. Each child is read-only, but new children can be made beside them
   * (`node_modules/.vite`); they are lost at the end of the command and never reach `source`.
   * Both providers that cannot mount (worktree) make a link instead and say so in `Sandbox.notes`.
   */
  mode?: 'read-only' | 'scratch'
}

export interface SandboxLimits {
  memoryBytes: number
  processes: number
  /** Largest single file; default 2 GiB. */
  fileBytes?: number
}

export interface SandboxOptions {
  /** Unique among living sandboxes; letters, digits, `-` and `_`, at most 64. */
  id: string
  /** Absolute host folder. Seen as `/workspace` in bubblewrap, at its own path in worktree. */
  workTree: string
  /** Default `read-write`. */
  access?: 'read-write' | 'read-only'
  /** Dependency folders, the git folder, sockets. */
  readOnlyMounts?: SandboxMount[]
  /** Paths relative to the work tree (or absolute as commands see them) that read as empty. Ignored by worktree. */
  maskedPaths?: string[]
  limits: SandboxLimits
  /** Set for every command, on top of the provider's allowlist. */
  env?: Record<string, string>
  /** Lets commands make user namespaces of their own (agents that bring their own sandbox). Default false. */
  nestedSandboxes?: boolean
}

export type SandboxCommand = { argv: string[] } | { shell: string }

export interface ExecOptions {
  /** Relative to the root, or absolute as commands see it. Default: the root. */
  cwd?: string
  env?: Record<string, string>
  stdin?: Uint8Array | string
  /** Wall time; then SIGTERM to all, a short grace, SIGKILL to all. */
  timeoutMs: number
  signal?: AbortSignal
  /** In order of arrival, whole characters only. At most `maxStreamedBytes` in all, then one closing note. */
  onOutput?: (chunk: OutputChunk) => void
  /** Default 8 MiB. */
  maxStreamedBytes?: number
  /** Kept in memory for `ExecResult.output`: the first and the last half of this many bytes. Default 128 KiB. */
  maxOutputBytes?: number
  /** Host path (not a path in the sandbox) of a new or replaced file that receives all output. */
  outputFile?: string
  /** What `outputFile` holds at most; the rest is dropped with a note at its end. Default 64 MiB. */
  maxOutputFileBytes?: number
}

export interface OutputChunk {
  stream: 'stdout' | 'stderr'
  text: string
}

export interface ExecResult {
  /**
   * As a shell reports it: 127 not found, 126 not executable, 128 + n ended by signal n.
   * Null only where the sandbox ended the command (timed out, cancelled).
   */
  exitCode: number | null
  /** The signal that `exitCode` names, or the last one the sandbox sent. */
  signalName?: string
  timedOut: boolean
  cancelled: boolean
  /** A process of this command was killed for the memory limit, whatever the exit code says. */
  outOfMemory: boolean
  durationMs: number
  /** stdout and stderr in order of arrival; where `truncated`, cut in the middle with a line that says how much is missing. */
  output: string
  /** All bytes printed, kept or not. */
  outputBytes: number
  truncated: boolean
}

export interface FileStat {
  kind: 'file' | 'directory' | 'symlink' | 'other'
  sizeBytes: number
  /** Permission bits only. */
  mode: number
  modifiedAtMs: number
}

export interface ListedEntry extends FileStat {
  /** Relative to the listed folder, `/` as separator. */
  path: string
}

export interface FileOptions {
  signal?: AbortSignal
}

/**
 * File paths are relative to `root`, or absolute as commands see them, and must stay inside the work tree after all
 * links are followed (else `path_outside`). In bubblewrap they are resolved inside the sandbox. Names are UTF-8.
 */
export interface Sandbox extends AsyncDisposable {
  readonly id: string
  readonly provider: SandboxProviderName
  /** The work tree's path as commands see it. */
  readonly root: string
  /** What the caller should show or log, such as a mount that this provider could not make. */
  readonly notes: readonly string[]
  /**
   * Runs one command and waits for its end and for the end of everything it started. Nothing outlives the promise.
   * @throws SandboxError `start_failed`, `disposed`, `invalid_options`. A failing command is a result, not an error;
   * so are a timeout and a cancel.
   */
  exec(command: SandboxCommand, options: ExecOptions): Promise<ExecResult>
  /**
   * Whole content, following links that stay inside.
   * @throws SandboxError `not_found`, `not_a_file`, `too_large` (more than `maxBytes`, default 16 MiB), `path_outside`
   */
  readFile(path: string, options?: FileOptions & { maxBytes?: number }): Promise<Uint8Array>
  /**
   * Replaces the file in one step (readers see the old or the new content), making missing folders; a file that
   * exists keeps its mode unless `executable` says otherwise. A link is followed when its target lies inside.
   * @throws SandboxError `path_outside`, `not_a_file`, `read_only`, `too_large` (over 64 MiB)
   */
  writeFile(
    path: string,
    bytes: Uint8Array | string,
    options?: FileOptions & { executable?: boolean },
  ): Promise<void>
  /** Removes a file or link (never its target). @throws SandboxError `not_found`, `not_a_file`, `path_outside`, `read_only` */
  removeFile(path: string, options?: FileOptions): Promise<void>
  /**
   * Entries sorted by path; `.git` at the top is left out, links are listed and never entered.
   * @throws SandboxError `not_found`, `not_a_directory`, `path_outside`
   */
  list(
    path: string,
    options: FileOptions & { recursive?: boolean; limit: number },
  ): Promise<{ entries: ListedEntry[]; truncated: boolean }>
  /** Of the entry itself (a link is not followed); undefined where there is none. @throws SandboxError `path_outside` */
  stat(path: string, options?: FileOptions): Promise<FileStat | undefined>
  /** Ends every command and process, removes the scratch folder and every trace of mounts. Safe to call twice. */
  dispose(): Promise<void>
}

export type SandboxErrorCode =
  | 'unavailable'
  | 'invalid_options'
  | 'start_failed'
  | 'disposed'
  | 'aborted'
  | 'not_found'
  | 'not_a_file'
  | 'not_a_directory'
  | 'too_large'
  | 'read_only'
  | 'path_outside'
  | 'io_failed'

/** Every failure this package throws; `code` is stable, the message is for people. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode

  constructor(code: SandboxErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'SandboxError'
    this.code = code
  }
}

/** Narrows an unknown error to a SandboxError, of one code if given. */
export function isSandboxError(error: unknown, code?: SandboxErrorCode): error is SandboxError {
  return error instanceof SandboxError && (code === undefined || error.code === code)
}
