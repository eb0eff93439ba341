import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { SluiceError } from '@sluice/contract/errors'
import { clusterPaths, databaseName, prepareCluster, superuser } from './embedded/cluster.ts'
import { findBinaries, planLaunch } from './embedded/launch.ts'
import { stopOrphans } from './embedded/orphans.ts'
import { findFreePort, PostmasterFailed, startPostmaster } from './embedded/postmaster.ts'
import type { Postmaster } from './embedded/postmaster.ts'
import { lockFolder } from './folder-lock.ts'

export interface EmbeddedPostgresOptions {
  /** Everything of the server lies below it: data, password, log. Made if it is not there. */
  folder: string
  /** What an operator may want to read: a restart, a folder set aside. */
  onLog?: (line: string) => void
  /** A restart that failed and is tried again. */
  onError?: (error: unknown) => void
  /** Server settings over ours, such as `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>
  /** For one start; replaying the log after a crash counts into it. */
  startTimeoutMs?: number
  /** Gives the start up. */
  signal?: AbortSignal
}

export interface EmbeddedPostgres {
  /** For `migrate` and `openDatabase`; holds the password. Stays the same over restarts of the server. */
  url: string
  port: number
  /** Of the server process that runs now. */
  readonly pid: number
  /** Settles once the server answers, also after it died and is being restarted. */
  ready(): Promise<void>
  /** Fast shutdown; frees the folder. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const restartDelaysMs = [0, 100, 250, 500, 1_000, 2_000, 5_000]
const portAttempts = 5

/**
 * Starts the Postgres that Sluice brings, on loopback with a password of its own, and keeps it running
 * until `stop`. Cleans up first after a Sluice or a Postgres that was killed.
 * @throws SluiceError `conflict` when another living Sluice uses the folder; `unprocessable` when this
 * machine cannot run it; PostmasterFailed, with the end of its log, when it does not come up
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const folder = path.resolve(options.folder)
  const {
    onLog = () => undefined,
    onError = () => undefined,
    settings = {},
    startTimeoutMs = 60_000,
    signal,
  } = options
  const paths = clusterPaths(folder)
  // Root's server runs as another user, who must get through to the data; the files beside it are 0600.
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const lock = lockFolder(folder)
  try {
    const binaries = await findBinaries()
    const launch = await planLaunch(binaries, folder, paths.data)
    await cleanUp(paths.data, onLog)
    const { password } = await prepareCluster(folder, {
      binaries,
      launch,
      onLog,
      isDurable: settings['fsync'] !== 'off',
    })
    const start = (port: number, startSignal?: AbortSignal) =>
      startPostmaster({
        folder,
        binaries,
        launch,
        port,
        settings,
        startTimeoutMs,
        signal: startSignal,
      })
    const { postmaster, port } = await startOnFreePort(paths.port, (candidate) =>
      start(candidate, signal),
    )
    const urlOf = (database: string) =>
      `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`
    try {
      await createDatabase(urlOf('postgres'))
    } catch (error) {
      await postmaster.stop()
      throw error
    }
    const supervisor = supervise(postmaster, {
      async restart(restartSignal) {
        await cleanUp(paths.data, onLog)
        return start(port, restartSignal)
      },
      onLog,
      onError,
    })
    const stop = async () => {
      await supervisor.stop()
      lock.release()
    }
    return {
      url: urlOf(databaseName),
      port,
      get pid() {
        return supervisor.current().pid
      },
      ready: () => supervisor.ready(),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function cleanUp(dataFolder: string, onLog: (line: string) => void): Promise<void> {
  try {
    const stopped = await stopOrphans(dataFolder)
    if (stopped > 0)
      onLog(
        `Stopped ${stopped} Postgres process${stopped === 1 ? '' : 'es'} that an earlier Sluice had left running`,
      )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // no data folder yet
  }
}

/** The port of the last time where it is still free, so that notes and tools that name it stay right. */
async function startOnFreePort(
  portFile: string,
  start: (port: number) => Promise<Postmaster>,
): Promise<{ postmaster: Postmaster; port: number }> {
  const last = Number(await readFile(portFile, 'utf8').catch(() => ''))
  let port = Number.isInteger(last) && last > 1_023 && last < 65_536 ? last : await findFreePort()
  for (let attempt = 1; ; attempt++) {
    try {
      const postmaster = await start(port)
      await writeFile(portFile, String(port), { mode: 0o600 })
      return { postmaster, port }
    } catch (error) {
      const isTaken =
        error instanceof PostmasterFailed &&
        /Address already in use|could not create any TCP\/IP sockets/.test(error.log)
      if (!isTaken || attempt === portAttempts) throw error
      port = await findFreePort()
    }
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      databaseName,
    ])
    if (rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}

interface SupervisorDeps {
  restart: (signal: AbortSignal) => Promise<Postmaster>
  onLog: (line: string) => void
  onError: (error: unknown) => void
}

/** Starts the server again whenever it ends without having been told to. */
function supervise(first: Postmaster, { restart, onLog, onError }: SupervisorDeps) {
  const stopping = new AbortController()
  let postmaster = first
  let up = Promise.resolve()
  // A Sluice that ends without `stop` takes the server along; after kill -9 its guard does, or the next start.
  const atExit = () => postmaster.signal('SIGINT')
  process.once('exit', atExit)

  const comeBack = async (): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const waitMs = restartDelaysMs[Math.min(attempt, restartDelaysMs.length - 1)]!
      try {
        await delay(waitMs, undefined, { signal: stopping.signal })
        postmaster = await restart(stopping.signal)
        onLog('Postgres runs again')
        return
      } catch (error) {
        if (!stopping.signal.aborted) onError(error)
      }
    }
  }
  const watchOver = (async () => {
    for (;;) {
      const { code, signal } = await postmaster.ended
      if (stopping.signal.aborted) return
      onLog(`Postgres ended (${signal ?? `exit ${code}`}); starting it again`)
      up = comeBack()
      await up
    }
  })()

  return {
    current: () => postmaster,
    async ready() {
      await up
      if (stopping.signal.aborted)
        throw new SluiceError('shutting_down', 'The database is being stopped.')
    },
    async stop() {
      stopping.abort()
      process.off('exit', atExit)
      await up
      await postmaster.stop()
      await watchOver
    },
  }
}
