import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { serverEnvironment } from '../env.ts'
import { CommandError, exitCode } from '../exit-code.ts'

const serverMain = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))
/** The very first start builds the page and makes a database on a machine that may be slow. */
const readyWithinMs = 180_000
/** More than the server gives its own open steps. */
const stopWithinMs = 30_000
const keptLines = 60

/** A server of our own, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  url: string
  pid: number
  /** The newest lines of its log. */
  lastLines(): string[]
  /** Fires when it ends by itself. */
  ended: AbortSignal
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/**
 * Starts a server on a free port of this machine, on a data folder, and waits until it answers.
 * @throws CommandError server_failed, with the end of its log
 */
export async function startServer(options: {
  settings: Readonly<Record<string, string>>
  signal: AbortSignal
}): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [serverMain, '--ready-json', '--no-page', '--end-with-input'],
    {
      env: serverEnvironment({ SLUICE_HOST: '127.0.0.1', SLUICE_PORT: '0', ...options.settings }),
      // Its input ends with us, and it with its input: also where we are killed.
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches us alone, and we end it in order.
      detached: true,
    },
  )
  const lines: string[] = []
  const keep = (line: string) => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }
  const ended = new AbortController()
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      keep(error.message)
      ended.abort()
      resolve()
    })
    child.once('exit', (code, signal) => {
      ended.abort(serverFailed(`The server ended with ${signal ?? `code ${code}`}.`, lines))
      resolve()
    })
  })
  const stop = () => stopProcess(child, exited)
  try {
    const url = await readUrl(child, keep, AbortSignal.any([options.signal, ended.signal]), lines)
    return {
      url,
      pid: child.pid!,
      lastLines: () => [...lines],
      ended: ended.signal,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export function serverFailed(message: string, lines: readonly string[]): CommandError {
  const log =
    lines.length === 0 ? '' : `\nThe end of the server’s log:\n${lines.slice(-20).join('\n')}`
  return new CommandError('server_failed', exitCode.failed, `${message}${log}`)
}

async function readUrl(
  child: ChildProcess,
  keep: (line: string) => void,
  signal: AbortSignal,
  lines: readonly string[],
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  createInterface({ input: child.stderr as Readable }).on('line', keep)
  createInterface({ input: child.stdout as Readable }).on('line', (line) => {
    const url = readyUrl(line)
    if (url === undefined) keep(line)
    else resolve(url)
  })
  const timer = setTimeout(
    () => reject(serverFailed(`The server was not ready within ${readyWithinMs / 1000} s.`, lines)),
    readyWithinMs,
  )
  const give = () => reject(signal.reason as Error)
  signal.addEventListener('abort', give, { once: true })
  if (signal.aborted) give()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
  }
}

/** The address in the server's line `{"ready":true,"url":…}`; undefined for any other line. */
export function readyUrl(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value = JSON.parse(line) as { ready?: unknown; url?: unknown }
    return value.ready === true && typeof value.url === 'string' ? value.url : undefined
  } catch {
    return undefined
  }
}

async function stopProcess(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return exited
  child.kill('SIGTERM')
  const timer = setTimeout(() => {
    try {
      // The whole group: its database is a child of it.
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It ended between the two.
    }
  }, stopWithinMs)
  await exited
  clearTimeout(timer)
}
