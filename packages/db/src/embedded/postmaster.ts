import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { clusterPaths, programEnvironment } from './cluster.ts'
import { guardAgainstOurEnd } from './guard.ts'
import type { Binaries, Launch } from './launch.ts'
import { readPostmasterFile } from './orphans.ts'

/** Sized for a small machine: the idle memory of all of Sluice has a bar of 350 MB. */
const defaultSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  wal_buffers: '1MB',
  max_wal_size: '512MB',
  // No replica, no logical decoding, no worker processes that a single machine has no use for.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_logical_replication_workers: '0',
  max_worker_processes: '4',
  max_parallel_workers_per_gather: '1',
  io_method: 'sync',
  autovacuum_worker_slots: '2',
  autovacuum_max_workers: '2',
  jit: 'off',
  random_page_cost: '1.1',
  // LOG stands above ERROR here: a refused statement is the caller's to log, and may hold private text.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}

const stopStepsMs = [
  { name: 'SIGINT', waitMs: 20_000 },
  { name: 'SIGQUIT', waitMs: 5_000 },
  { name: 'SIGKILL', waitMs: 5_000 },
] as const

export interface PostmasterOptions {
  folder: string
  binaries: Binaries
  launch: Launch
  port: number
  settings: Record<string, string>
  startTimeoutMs: number
  signal?: AbortSignal | undefined
}

/** One running server process. */
export interface Postmaster {
  pid: number
  /** Settles when it has ended, however it did. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Sends a signal without waiting; for the last moment of our own process. */
  signal(name: NodeJS.Signals): void
  /** Fast shutdown, then harder, until it has ended. */
  stop(): Promise<void>
}

/** A server process that ended before it was ready, with the end of its log. */
export class PostmasterFailed extends Error {
  readonly log: string

  constructor(message: string, log: string) {
    super(`${message}: ${log.trim().split('\n').slice(-8).join('\n') || 'its log is empty'}`)
    this.name = 'PostmasterFailed'
    this.log = log
  }
}

/** Starts the server and waits until it takes connections. @throws PostmasterFailed */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { folder, startTimeoutMs, signal } = options
  const paths = clusterPaths(folder)
  await rename(paths.log, `${paths.log}.1`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  const child = spawnServer(options)
  const postmaster = watch(child)
  if (child.pid !== undefined) {
    const removeGuard = guardAgainstOurEnd(child.pid, options.launch)
    void postmaster.ended.then(removeGuard)
  }
  const deadline = Date.now() + startTimeoutMs
  let end: { code: number | null; signal: NodeJS.Signals | null } | undefined
  void postmaster.ended.then((ended) => (end = ended))
  try {
    for (;;) {
      signal?.throwIfAborted()
      if (end)
        throw new PostmasterFailed(
          `Postgres ended at its start (${end.signal ?? `exit ${end.code}`})`,
          await readLog(paths.log),
        )
      // As pg_ctl does: the server says itself in this file when it takes connections.
      const file = await readPostmasterFile(paths.data)
      if (file?.pid === postmaster.pid && file.status === 'ready') return postmaster
      if (Date.now() > deadline)
        throw new PostmasterFailed(
          `Postgres was not ready after ${startTimeoutMs} ms`,
          await readLog(paths.log),
        )
      await delay(5)
    }
  } catch (error) {
    await postmaster.stop()
    throw error
  }
}

function spawnServer({
  folder,
  binaries,
  launch,
  port,
  settings,
}: PostmasterOptions): ChildProcess {
  const paths = clusterPaths(folder)
  const flags = Object.entries({ ...defaultSettings, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const [command, ...words] = [
    ...launch.prefix,
    binaries.postgres,
    '-D',
    paths.data,
    '-p',
    String(port),
    ...flags,
  ]
  // A file and not a pipe: a pipe that nobody empties, while we are stopped, would stop the server too.
  const log = openSync(paths.log, 'a', 0o600)
  try {
    return spawn(command!, words, {
      cwd: '/',
      env: programEnvironment,
      stdio: ['ignore', log, log],
      // A session of its own, so that Ctrl-C in our terminal does not stop it before us.
      detached: true,
      ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.gid! }),
    })
  } finally {
    closeSync(log)
  }
}

function watch(child: ChildProcess): Postmaster {
  let hasEnded = false
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const settle = (code: number | null, signal: NodeJS.Signals | null) => {
      hasEnded = true
      resolve({ code, signal })
    }
    child.on('exit', settle)
    child.on('error', () => settle(null, null)) // could not be started at all
  })
  return {
    pid: child.pid ?? -1,
    ended,
    signal: (name) => void child.kill(name),
    async stop() {
      for (const { name, waitMs } of stopStepsMs) {
        if (hasEnded) return
        child.kill(name)
        const waiting = new AbortController()
        await Promise.race([
          ended,
          delay(waitMs, undefined, { signal: waiting.signal }).catch(() => undefined),
        ])
        waiting.abort()
      }
    },
  }
}

const readLog = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** Asks the operating system for a port on loopback that nobody listens on. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
