/** Starts git: argument lists only, a cleaned environment, a time limit, and an end to the whole process group. */

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { gitEnvironment, SAFE_CONFIG } from './environment.ts'
import type { Trust } from './environment.ts'
import { GitError } from './errors.ts'
import { errorFromGit } from './explain.ts'

const DEFAULT_TIMEOUT_MS = 120_000
const DEFAULT_MAX_OUTPUT_BYTES = 512 * 1024 * 1024
const MAX_STDERR_BYTES = 64 * 1024
/** Time between the polite and the hard signal. */
const KILL_GRACE_MS = 2_000

export type RunInput = {
  args: readonly string[]
  /** Whose configuration counts; default `own`. */
  trust?: Trust
  cwd?: string
  gitDir?: string
  workTree?: string
  indexFile?: string
  env?: Readonly<Record<string, string>>
  config?: Readonly<Record<string, string>>
  stdin?: Uint8Array | string
  signal?: AbortSignal
  timeoutMs?: number
  maxOutputBytes?: number
  /** Exit codes that are answers and not failures; default only 0. */
  okCodes?: readonly number[]
  onStderr?: (chunk: Buffer) => void
  /** Takes standard output as it comes; `stdout` is then empty. */
  onStdout?: (chunk: Buffer) => void
}

export type RunResult = { stdout: Buffer; stderr: string; exitCode: number }

/**
 * Runs one git command to its end.
 * @throws GitError `aborted`, `timeout`, `git_missing`, `output_too_large`, or a code read from git's message
 */
export function runGit(input: RunInput): Promise<RunResult> {
  const args: string[] = []
  if (input.gitDir !== undefined) args.push(`--git-dir=${input.gitDir}`)
  if (input.workTree !== undefined) args.push(`--work-tree=${input.workTree}`)
  args.push(...input.args)
  const env = gitEnvironment(input.trust ?? 'own', {
    ...(input.indexFile === undefined ? {} : { GIT_INDEX_FILE: input.indexFile }),
    ...configVariables({ ...SAFE_CONFIG, ...input.config }),
    ...input.env,
  })
  return runProcess({
    ...input,
    command: 'git',
    args,
    env,
    cwd: input.cwd ?? input.workTree ?? input.gitDir,
  })
}

/** Settings as variables rather than `-c`, which cannot carry a key that holds `=`. They stand above every file. */
function configVariables(config: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(config)
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) }
  for (const [at, [key, value]] of entries.entries()) {
    variables[`GIT_CONFIG_KEY_${at}`] = key
    variables[`GIT_CONFIG_VALUE_${at}`] = value
  }
  return variables
}

type ProcessInput = Omit<RunInput, 'trust' | 'gitDir' | 'workTree' | 'indexFile' | 'config'> & {
  command: string
  env: Record<string, string>
}

/** Runs one helper process (git itself, mount, umount) with the same limits. */
export function runProcess(input: ProcessInput): Promise<RunResult> {
  const { signal } = input
  const what = describe(input)
  if (signal?.aborted) return Promise.reject(abortedError(what, signal))
  return new Promise((resolve, reject) => {
    const child = spawn(input.command, input.args, {
      cwd: input.cwd ?? '/',
      env: input.env,
      // A group of its own, so that helpers (ssh, remote-https, index-pack) end together with git.
      detached: true,
      stdio: [input.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const { stdin, stdout, stderr } = child
    const chunks: Buffer[] = []
    let stdoutBytes = 0
    let stderrText = Buffer.alloc(0)
    let failure: GitError | undefined
    let hardKill: NodeJS.Timeout | undefined

    const stop = (error: GitError): void => {
      if (failure !== undefined) return
      failure = error
      killGroup(child.pid, 'SIGTERM')
      hardKill = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_GRACE_MS)
    }
    const onAbort = (): void => stop(abortedError(what, signal))
    const timeoutMs = input.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const timer = setTimeout(
      () =>
        stop(new GitError('timeout', `${what} took longer than ${timeoutMs} ms and was stopped.`)),
      timeoutMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      clearTimeout(hardKill)
      signal?.removeEventListener('abort', onAbort)
    }

    stdout?.on('data', (chunk: Buffer) => {
      if (input.onStdout !== undefined) return input.onStdout(chunk)
      stdoutBytes += chunk.length
      const limit = input.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES
      if (stdoutBytes > limit)
        stop(new GitError('output_too_large', `${what} wrote more than ${limit} bytes.`))
      else chunks.push(chunk)
    })
    stderr?.on('data', (chunk: Buffer) => {
      input.onStderr?.(chunk)
      // The end matters most: that is where git says why.
      stderrText = Buffer.concat([stderrText, chunk])
      if (stderrText.length > MAX_STDERR_BYTES)
        stderrText = stderrText.subarray(-MAX_STDERR_BYTES / 2)
    })
    // A process may stop reading before its input ends; its exit code says why, the broken pipe does not.
    stdin?.on('error', () => undefined)
    if (input.stdin !== undefined) stdin?.end(input.stdin)

    child.once('error', (error: NodeJS.ErrnoException) => {
      settle()
      reject(startError(input, error))
    })
    child.once('close', (exitCode, killedBy) => {
      settle()
      // Helpers that outlive git would hold locks or keep writing into folders that are removed next.
      killGroup(child.pid, 'SIGKILL')
      if (failure !== undefined) return reject(failure)
      const text = stderrText.toString('utf8')
      const code = exitCode ?? 128 + (constants.signals[killedBy ?? 'SIGKILL'] ?? 0)
      if ((input.okCodes ?? [0]).includes(code)) {
        return resolve({ stdout: Buffer.concat(chunks), stderr: text, exitCode: code })
      }
      reject(errorFromGit(what, code, text))
    })
  })
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // ESRCH: the group has ended already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function abortedError(what: string, signal: AbortSignal | undefined): GitError {
  return new GitError('aborted', `${what} was cancelled.`, { cause: signal?.reason })
}

function startError(input: ProcessInput, error: NodeJS.ErrnoException): GitError {
  // spawn says ENOENT for a missing folder as well as for a missing program.
  if (error.code === 'ENOENT' && error.path === input.command) {
    return new GitError(
      'git_missing',
      `Cannot start ${input.command} in ${input.cwd ?? '/'}: program or folder missing.`,
      {
        cause: error,
      },
    )
  }
  return new GitError('command_failed', `Cannot start ${describe(input)}: ${error.message}`, {
    cause: error,
  })
}

/** The command's name for messages: without arguments that may hold a password. */
function describe(input: ProcessInput): string {
  let at = 0
  while (input.args[at]?.startsWith('--')) at += 1
  return [input.command, input.command === 'git' ? (input.args[at] ?? '') : ''].join(' ').trim()
}
