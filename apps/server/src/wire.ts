import { createHmac } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createAuth, createSmtpMailer } from '@sluice/core/auth'
import { createDataFolders, createSecretBox, type CoreDeps } from '@sluice/core/platform'
import { cloneRun, scanRun } from '@sluice/core/repositories'
import {
  gateTryRun,
  landingRun,
  sessionCleanupRun,
  taskCleanupRun,
  taskRun,
  unmountWorkingTrees,
} from '@sluice/core/tasks'
import { openDatabase } from '@sluice/db/database'
import { startEmbeddedPostgres } from '@sluice/db/embedded'
import { migrate } from '@sluice/db/migrate'
import { createEngine } from '@sluice/engine/engine'
import { createEventTail } from '@sluice/events/tail'
import { useHostEnvironment } from '@sluice/git/environment'
import { findProviders } from '@sluice/llm/provider-config'
import { createBubblewrapProvider } from '@sluice/sandbox/bubblewrap'
import { findToolchain } from '@sluice/sandbox/toolchain'
import { createWorktreeProvider } from '@sluice/sandbox/worktree'
import type { Logger } from 'pino'
import type { Settings } from './env.ts'
import type { ServerDeps } from './http/context.ts'
import { createCredentialWatch } from './http/live-credentials.ts'
import { createMetrics } from './http/metrics.ts'
import { createRateLimits } from './http/rate-limits.ts'
import { loadSecretKey } from './secret-key.ts'

export interface Wired {
  server: ServerDeps
  /** Stops in the order that loses nothing: new work, open work, connections, the database. */
  stop(patienceMs: number): Promise<void>
}

/** Puts the parts together and starts those that run by themselves: database, engine, tail. */
export async function wire(settings: Settings, log: Logger, version: string): Promise<Wired> {
  const stopping: (() => Promise<void> | void)[] = []
  const undo = async () => {
    for (const stop of stopping.reverse()) await stop()
  }
  try {
    return await wireParts(settings, log, version, stopping, undo)
  } catch (error) {
    await undo()
    throw error
  }
}

async function wireParts(
  settings: Settings,
  log: Logger,
  version: string,
  stopping: (() => Promise<void> | void)[],
  undo: () => Promise<void>,
): Promise<Wired> {
  const { dataFolder } = settings
  const warn = (error: unknown) => log.warn({ err: error }, 'a part reported a problem')
  // 0711: the embedded Postgres runs as another user under root and must get through to its own folder.
  await mkdir(dataFolder, { recursive: true, mode: 0o711 })
  useHostEnvironment(settings.host)
  const database = await openPostgres(settings, log, stopping)
  const { version: schemaVersion } = await migrate({ url: database.url })
  const db = openDatabase({
    url: database.url,
    applicationName: 'sluice',
    systemPoolSize: 8,
    onError: warn,
  })
  stopping.push(() => db.close())

  const key = await loadSecretKey(dataFolder, settings.SLUICE_SECRET_KEY)
  const engine = createEngine({
    database: db,
    databaseUrl: database.url,
    artifactFolder: join(dataFolder, 'run-artifacts'),
    executes: settings.SLUICE_ROLES.includes('worker'),
    roles: settings.SLUICE_ROLES,
    version,
    onWarning: (message, data) => log.warn(data, message),
  })
  stopping.push(() => engine.close())
  const core = await createCore(settings, log, db, engine, key)
  registerRuns(core)
  await reapOrphans(core)
  await engine.launch()

  const tail = createEventTail({ db, onError: warn })
  stopping.push(() => tail.close())
  const draining = new AbortController()
  const mailer =
    settings.SLUICE_SMTP_URL === undefined
      ? undefined
      : createSmtpMailer({
          url: settings.SLUICE_SMTP_URL,
          from: settings.SLUICE_SMTP_FROM ?? 'Sluice <sluice@localhost>',
        })
  const auth = createAuth({
    db,
    databaseUrl: database.url,
    clock: core.clock,
    secret: createHmac('sha256', key).update('sign-in cookies').digest('hex'),
    publicUrl: publicUrlOf(settings),
    mailer,
    onError: warn,
  })
  stopping.push(() => auth.close())
  const server: ServerDeps = {
    core,
    engine,
    auth,
    tail,
    credentials: createCredentialWatch({ core, tail }),
    limits: createRateLimits({ requestsPerMinute: 3_000, signInsPerMinute: 60 }),
    metrics: createMetrics(db),
    settings,
    database: { ...database, schemaVersion },
    version,
    startedAt: new Date(),
    mailer,
    draining: draining.signal,
    webFolder: undefined,
  }
  return {
    server,
    async stop(patienceMs) {
      draining.abort()
      await engine.drain(patienceMs)
      // With a database of its own this is the only process on the folder; else another may work in them.
      if (database.kind === 'embedded') await unmountWorkingTrees(core)
      await undo()
    },
  }
}

async function openPostgres(
  settings: Settings,
  log: Logger,
  stopping: (() => Promise<void> | void)[],
): Promise<Omit<ServerDeps['database'], 'schemaVersion'>> {
  if (settings.DATABASE_URL !== undefined) {
    // The roles of one installation share the folder, each in a process of its own; the database keeps them apart.
    return { kind: 'external', url: settings.DATABASE_URL }
  }
  const postgres = await startEmbeddedPostgres({
    folder: join(settings.dataFolder, 'postgres'),
    onLog: (line) => log.info({ part: 'postgres' }, line),
    onError: (error) =>
      log.error({ err: error, part: 'postgres' }, 'the database did not come back yet'),
  })
  stopping.push(() => postgres.stop())
  return { kind: 'embedded', url: postgres.url }
}

async function createCore(
  settings: Settings,
  log: Logger,
  db: CoreDeps['db'],
  engine: CoreDeps['engine'],
  key: Buffer,
): Promise<CoreDeps> {
  const { dataFolder, host } = settings
  const stateFolder = join(dataFolder, 'sandboxes')
  const toolchain = findToolchain({
    path: host['PATH'] ?? '',
    home: host['HOME'] ?? homedir(),
    nodeExecPath: process.execPath,
  })
  return {
    db,
    engine,
    log,
    clock: { now: () => new Date() },
    folders: await createDataFolders(dataFolder),
    secrets: createSecretBox(key),
    sandboxes: {
      bubblewrap: createBubblewrapProvider({ stateFolder, toolchain }),
      worktree: createWorktreeProvider({
        stateFolder: join(dataFolder, 'worktrees'),
        env: host,
        nodePath: process.execPath,
      }),
    },
    environmentProviders: findProviders(host),
    recordingPace: settings.SLUICE_RECORDING_PACE,
    repositoryRoots: settings.SLUICE_ROOTS,
  }
}

function registerRuns(core: CoreDeps): void {
  const { engine } = core
  engine.register(taskRun(core))
  engine.register(taskCleanupRun(core))
  engine.register(landingRun(core))
  engine.register(gateTryRun(core))
  engine.register(sessionCleanupRun(core))
  engine.register(cloneRun(core))
  engine.register(scanRun(core))
}

/** Ends what a killed server left running, before anything new begins. */
async function reapOrphans(core: CoreDeps): Promise<void> {
  for (const provider of Object.values(core.sandboxes)) {
    const reaped = await provider.reapOrphans()
    if (reaped.processes > 0 || reaped.folders > 0)
      core.log.warn({ provider: provider.name, ...reaped }, 'ended what a killed server had left')
  }
}

/** Where people reach the server, for links and cookies. */
export function publicUrlOf(
  settings: Pick<Settings, 'SLUICE_PUBLIC_URL' | 'SLUICE_HOST' | 'SLUICE_PORT'>,
): string {
  if (settings.SLUICE_PUBLIC_URL !== undefined)
    return settings.SLUICE_PUBLIC_URL.replace(/\/+$/, '')
  const host = settings.SLUICE_HOST.includes(':')
    ? `[${settings.SLUICE_HOST}]`
    : settings.SLUICE_HOST
  return `http://${host}:${settings.SLUICE_PORT}`
}
