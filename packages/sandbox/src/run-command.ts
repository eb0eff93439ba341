/**
 * One command from its start to the end of everything it started:
 *
 *   started ── exits ─────────────────────────────────┐
 *      │                                              ▼
 *      └─ timeout, cancel, out of memory ─ SIGTERM ─ grace ─ SIGKILL to all ─ output ends ─ result
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants as osConstants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { CommandOutput, defaultOutputFileBytes } from './command-output.ts'
import { OutputFile } from './output-file.ts'
import { sendSignal } from './process-table.ts'
import { SandboxError } from './sandbox.ts'
import type { ExecOptions, ExecResult } from './sandbox.ts'

/** What to spawn. Descriptor 3 is the start signal: the innermost shell writes to it just before the command itself. */
export interface LaunchPlan {
  file: string
  args: string[]
  env: Record<string, string>
  cwd: string
  /** Sent on descriptor 4. */
  extraInput?: Buffer
}

/** How the processes of a command are found and ended; one for each command. */
export interface Containment {
  /** Those that get a SIGTERM, to end in good order. */
  members(childPid: number): Promise<number[]>
  /** Ends all with SIGKILL and waits until they are gone. */
  endAll(childPid: number): Promise<void>
  /** Whether the kernel, or a watcher, killed one for the memory limit. */
  wasOutOfMemory(): Promise<boolean>
  /** Called once the command runs; calls back when a watcher finds the memory limit passed. */
  watch?(childPid: number, onOutOfMemory: () => void): { stop(): void }
}

export interface RunDeps {
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
}

type StopReason = 'timeout' | 'cancel' | 'memory'

/** Runs a plan. @throws SandboxError `start_failed` where the command itself never started */
export async function runCommand(
  plan: LaunchPlan,
  options: ExecOptions,
  containment: Containment,
  deps: RunDeps,
): Promise<ExecResult> {
  const startedAt = performance.now()
  const output = new CommandOutput(options)
  if (options.signal?.aborted === true)
    return resultOf({
      output,
      startedAt,
      code: null,
      signal: null,
      reason: 'cancel',
      outOfMemory: false,
    })
  const file =
    options.outputFile === undefined
      ? undefined
      : new OutputFile(options.outputFile, options.maxOutputFileBytes ?? defaultOutputFileBytes)
  try {
    const child = spawn(plan.file, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: [
        options.stdin === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        'pipe',
        plan.extraInput === undefined ? 'ignore' : 'pipe',
      ],
    })
    const ended = whenEnded(child)
    feed(child.stdin, options.stdin)
    feed(child.stdio[4] as Writable | null | undefined, plan.extraInput)
    const hasStarted = watchStart(child.stdio[3] as Readable)
    const drained = collect(child, output, file)
    const stopped = await superviseUntilExit(child, ended, options, containment, deps)
    if (child.pid !== undefined) await containment.endAll(child.pid)
    await withinMs(drained, 5_000, () =>
      [child.stdout, child.stderr].forEach((stream) => stream?.destroy()),
    )
    output.end()
    await file?.close()
    const { code, signal } = await ended
    const outOfMemory = stopped === 'memory' || (await containment.wasOutOfMemory())
    const result = resultOf({ output, startedAt, code, signal, reason: stopped, outOfMemory })
    if (!hasStarted() && stopped === undefined && !outOfMemory) {
      throw new SandboxError(
        'start_failed',
        `the command could not be started: ${result.output.trim().slice(0, 2_000) || `exit code ${code ?? signal}`}`,
      )
    }
    if (file?.failure !== undefined)
      result.output += `\n[the whole output could not be kept: ${file.failure.message}]\n`
    return result
  } finally {
    await file?.close()
  }
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  error?: Error
}

function whenEnded(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
  })
}

/** Waits for the exit, stopping the command early where it must be. Gives why it was stopped. */
async function superviseUntilExit(
  child: ChildProcess,
  ended: Promise<Ended>,
  options: ExecOptions,
  containment: Containment,
  deps: RunDeps,
): Promise<StopReason | undefined> {
  const { pid } = child
  if (pid === undefined) {
    const { error } = await ended
    throw new SandboxError(
      'start_failed',
      `the command could not be started: ${error?.message ?? 'unknown reason'}`,
      { cause: error },
    )
  }
  let reason: StopReason | undefined
  const stopping = Promise.withResolvers<void>()
  const stop = (why: StopReason) => {
    if (reason !== undefined) return
    reason = why
    // Whatever goes wrong here is thrown to the caller of exec, through the race below.
    endInGoodOrder(pid, ended, containment, deps, why).then(stopping.resolve, stopping.reject)
  }
  const timer = setTimeout(() => stop('timeout'), Math.min(options.timeoutMs, 2 ** 31 - 1))
  const onAbort = () => stop('cancel')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const watcher = containment.watch?.(pid, () => stop('memory'))
  try {
    await Promise.race([ended, stopping.promise])
    if (reason !== undefined) await stopping.promise
    await ended
    return reason
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    watcher?.stop()
  }
}

async function endInGoodOrder(
  pid: number,
  ended: Promise<Ended>,
  containment: Containment,
  deps: RunDeps,
  why: StopReason,
): Promise<void> {
  if (why !== 'memory') {
    for (const member of await containment.members(pid)) sendSignal(member, 'SIGTERM')
    await withinMs(ended, deps.graceMs, () => undefined)
  }
  await containment.endAll(pid)
}

function collect(
  child: ChildProcess,
  output: CommandOutput,
  file: OutputFile | undefined,
): Promise<void> {
  const streams = [child.stdout, child.stderr]
  const take = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output.push(name, chunk)
    if (file === undefined || file.write(chunk)) return
    // A slow disk slows the command down instead of filling the server's memory.
    for (const stream of streams) stream?.pause()
    void file.drained().then(() => {
      for (const stream of streams) stream?.resume()
    })
  }
  child.stdout?.on('data', take('stdout'))
  child.stderr?.on('data', take('stderr'))
  return Promise.all(streams.map((stream) => whenClosed(stream))).then(() => undefined)
}

function whenClosed(stream: Readable | null): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null || stream.closed) resolve()
    else {
      stream.once('close', () => resolve())
      // A reset pipe ends the output as its end would; 'close' follows.
      stream.once('error', () => undefined)
    }
  })
}

function watchStart(stream: Readable): () => boolean {
  let started = false
  stream.on('data', () => {
    started = true
  })
  stream.on('error', () => undefined)
  return () => started
}

function feed(stream: Writable | null | undefined, content: Uint8Array | string | undefined): void {
  if (stream === null || stream === undefined || content === undefined) return
  // A command that does not read its input is not a fault.
  stream.on('error', () => undefined)
  stream.end(content)
}

interface Outcome {
  output: CommandOutput
  startedAt: number
  code: number | null
  signal: NodeJS.Signals | null
  reason: StopReason | undefined
  outOfMemory: boolean
}

function resultOf(outcome: Outcome): ExecResult {
  const { code, signal, reason } = outcome
  const stopped = reason === 'timeout' || reason === 'cancel'
  const shellCode = code ?? (signal === null ? null : 128 + (osConstants.signals[signal] ?? 0))
  const signalName = signal ?? signalOf(code)
  return {
    exitCode: stopped ? null : shellCode,
    ...(signalName === undefined ? {} : { signalName }),
    timedOut: reason === 'timeout',
    cancelled: reason === 'cancel',
    outOfMemory: outcome.outOfMemory,
    durationMs: Math.round(performance.now() - outcome.startedAt),
    outputBytes: outcome.output.totalBytes,
    ...outcome.output.text(),
  }
}

function signalOf(code: number | null): string | undefined {
  if (code === null || code <= 128) return undefined
  return Object.entries(osConstants.signals).find(([, number]) => number === code - 128)?.[0]
}

/** Waits for a promise at most so long, then calls `otherwise` and goes on. */
async function withinMs(
  promise: Promise<unknown>,
  ms: number,
  otherwise: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      otherwise()
      resolve()
    }, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
