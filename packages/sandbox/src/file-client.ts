/** The server's end of the file helper: starts it when first needed, ends it when idle, matches answers to requests. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { FileAnswer, FileRequest } from './inside/file-helper.ts'
import { encodeFrame, FrameReader } from './inside/frames.ts'
import type { LaunchPlan } from './run-command.ts'
import { SandboxError } from './sandbox.ts'
import type { SandboxErrorCode } from './sandbox.ts'

export interface FileClientDeps {
  /** How the helper is started; made anew for each start. */
  plan: () => LaunchPlan
  idleMs: number
  /** For each operation. */
  timeoutMs: number
}

type Operation = Omit<FileRequest, 'id'>

interface Pending {
  resolve(answer: { value: unknown; body: Buffer }): void
  reject(error: SandboxError): void
}

type Helper = ChildProcessByStdio<Writable, Readable, Readable>

export class FileClient {
  readonly #deps: FileClientDeps
  #helper: Helper | undefined
  #nextId = 1
  readonly #pending = new Map<number, Pending>()
  #idleTimer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(deps: FileClientDeps) {
    this.#deps = deps
  }

  /** Performs one operation. @throws SandboxError with the operation's code, `aborted`, `disposed`, `io_failed` */
  async request(
    operation: Operation,
    body?: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ value: unknown; body: Buffer }> {
    if (this.#isClosed) throw new SandboxError('disposed', 'the sandbox has been disposed')
    if (signal?.aborted === true)
      throw new SandboxError('aborted', 'the file operation was cancelled')
    const helper = (this.#helper ??= this.#start())
    clearTimeout(this.#idleTimer)
    const id = this.#nextId
    this.#nextId += 1
    const { promise, resolve, reject } = Promise.withResolvers<{ value: unknown; body: Buffer }>()
    this.#pending.set(id, { resolve, reject })
    const onAbort = () => reject(new SandboxError('aborted', 'the file operation was cancelled'))
    // A helper that does not answer in time is ended, and whatever else it was asked fails with it.
    const timer = setTimeout(
      () =>
        this.#fail(
          new SandboxError(
            'io_failed',
            `the file operation took more than ${this.#deps.timeoutMs} ms`,
          ),
        ),
      this.#deps.timeoutMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      helper.stdin.write(encodeFrame({ id, ...operation }, body))
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      this.#pending.delete(id)
      this.#sleepWhenIdle()
    }
  }

  /** Ends the helper; waits until it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#idleTimer)
    const helper = this.#helper
    this.#fail(new SandboxError('disposed', 'the sandbox has been disposed'))
    if (helper !== undefined && helper.exitCode === null && helper.signalCode === null)
      await new Promise((resolve) => helper.once('exit', resolve))
  }

  #start(): Helper {
    const plan = this.#deps.plan()
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const
    const child = spawn(plan.file, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: [...stdio],
    }) as Helper
    const extra = (child as { stdio: unknown[] }).stdio[4] as Writable
    extra.on('error', () => undefined)
    extra.end(plan.extraInput)
    ;((child as { stdio: unknown[] }).stdio[3] as Readable).resume().on('error', () => undefined)
    const reader = new FrameReader()
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-2_000)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) this.#settle(frame.header as FileAnswer, frame.body)
    })
    // The helper's end is told by 'exit'; a broken pipe is only its echo.
    child.stdin.on('error', () => undefined)
    const gone = (why: string) => {
      if (this.#helper === child)
        this.#fail(
          new SandboxError('io_failed', `the file helper ended: ${complaint.trim() || why}`),
        )
    }
    child.once('error', (error) => gone(error.message))
    child.once('exit', (code, signal) => gone(`exit ${code ?? signal}`))
    return child
  }

  #settle(answer: FileAnswer, body: Buffer): void {
    const waiting = this.#pending.get(answer.id)
    if (waiting === undefined) return
    if (answer.ok) waiting.resolve({ value: answer.value, body })
    else waiting.reject(new SandboxError(answer.code as SandboxErrorCode, answer.message))
  }

  #fail(error: SandboxError): void {
    const helper = this.#helper
    this.#helper = undefined
    if (helper?.pid !== undefined) helper.kill('SIGKILL')
    for (const waiting of this.#pending.values()) waiting.reject(error)
  }

  #sleepWhenIdle(): void {
    if (this.#pending.size > 0 || this.#isClosed) return
    this.#idleTimer = setTimeout(() => {
      const helper = this.#helper
      this.#helper = undefined
      helper?.stdin.end()
    }, this.#deps.idleMs)
    this.#idleTimer.unref()
  }
}
