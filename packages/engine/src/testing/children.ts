import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EngineTuning } from '../tuning.ts'

export interface ChildWorker {
  process: ChildProcess
  workerId: string
  /** Resolves when the child says that it is at a point. */
  at(point: string): Promise<void>
  exited: Promise<void>
  stop(): Promise<void>
  errors: string[]
}

export interface ChildOptions extends Partial<EngineTuning> {
  /** Does not hurt itself at kill points. */
  isSafe?: boolean
}

const quickImports = import.meta.resolve('@sluice/db/quick-imports')
const script = fileURLToPath(new URL('child-worker.ts', import.meta.url))
const open = new Set<ChildProcess>()

/** Starts a worker in a process of its own and waits until it takes work. */
export async function startChild(
  databaseUrl: string,
  name: string,
  { isSafe = false, ...tuning }: ChildOptions = {},
): Promise<ChildWorker> {
  const child = spawn(
    process.execPath,
    ['--import', quickImports, script, JSON.stringify({ databaseUrl, name, tuning, isSafe })],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  open.add(child)
  const errors: string[] = []
  const said = new Set<string>()
  const waiters = new Map<string, () => void>()
  const ready = Promise.withResolvers<string>()
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      open.delete(child)
      ready.reject(new Error(`the child ended: ${errors.join('\n')}`))
      resolve()
    }),
  )
  ready.promise.catch(() => {})
  createInterface(child.stderr).on('line', (line) => errors.push(line))
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('ready ')) ready.resolve(line.slice(6))
    said.add(line)
    waiters.get(line)?.()
  })
  return {
    process: child,
    workerId: await ready.promise,
    at: (point) =>
      said.has(`at ${point}`)
        ? Promise.resolve()
        : new Promise((resolve) => waiters.set(`at ${point}`, resolve)),
    exited,
    errors,
    async stop() {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Ends every child that a failed test left. */
export async function stopChildren(): Promise<void> {
  for (const child of open) {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
  }
}
