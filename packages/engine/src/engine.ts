import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Database } from '@sluice/db/database'
import { createArtifactStore } from './artifacts.ts'
import type { ArtifactStore } from './artifacts.ts'
import { createCommands } from './commands.ts'
import { createDurable } from './durable.ts'
import { forgetRuns } from './forget.ts'
import { createExecutor } from './executor.ts'
import { workKey } from './notify.ts'
import { createObserver } from './observer.ts'
import { createRegistry } from './registry.ts'
import { createSession } from './session.ts'
import { defaultTuning } from './tuning.ts'
import type { EngineTuning } from './tuning.ts'
import type { Engine } from './types.ts'
import { createWakeups, settleWithin } from './wakeups.ts'
import { createWorker } from './worker.ts'

export interface EngineDeps {
  database: Database
  /** For the durable engine's own pool and schema; its user must be allowed to create a schema at the first start. */
  databaseUrl: string
  /** Large artifacts are kept in here. */
  artifactFolder: string
  /** Does this process execute runs? Without, it starts, signals, cancels and reads only. One executing engine per process. */
  executes: boolean
  roles: string[]
  version: string
  onWarning: (message: string, data: Record<string, unknown>) => void
  random?: () => number
  tuning?: Partial<EngineTuning>
}

export interface EngineWithArtifacts extends Engine {
  readonly artifacts: Pick<ArtifactStore, 'read'>
  /** This process among the workers; undefined where it executes nothing. */
  readonly workerId: string | undefined
}

/** Durable runs over DBOS Transact on the same Postgres. See `Engine` for what each method promises. */
export function createEngine(deps: EngineDeps): EngineWithArtifacts {
  const { database, onWarning } = deps
  const tuning = { ...defaultTuning, ...deps.tuning }
  const registry = createRegistry()
  const wakeups = createWakeups()
  const closing = new AbortController()
  const artifacts = createArtifactStore(database, deps.artifactFolder)
  const workerId = deps.executes ? `wrk_${randomUUID().replaceAll('-', '')}` : undefined

  const executor = createExecutor({
    database,
    registry,
    wakeups,
    artifacts,
    graceMs: tuning.graceMs,
    random: deps.random ?? Math.random,
    workerId: () => workerId ?? '',
    closing: closing.signal,
    onWarning,
  })
  const durable = workerId
    ? createDurable({
        databaseUrl: deps.databaseUrl,
        executorId: workerId,
        body: (runId) => executor.body(runId),
        resumePollMs: tuning.resumePollMs,
        poolSize: tuning.durablePoolSize,
        onWarning,
      })
    : undefined

  const session = createSession({
    database,
    worker: workerId
      ? { id: workerId, roles: deps.roles, version: deps.version, pid: process.pid }
      : undefined,
    onHint: (key) => onHint(key),
    onDeclaredDead: () => executor.fenceAll(),
    onMember: () => worker?.kick(),
    onWarning,
  })
  const worker =
    workerId && durable
      ? createWorker({
          database,
          registry,
          wakeups,
          executor,
          durable,
          session,
          workerId,
          tuning,
          onWarning,
          closing: closing.signal,
        })
      : undefined

  const onHint = (key: string) => {
    worker?.onHint(key)
    wakeups.wake(key)
  }
  // A step may start another run: what its commit sets off must not count as a part of the step.
  const outside = AsyncLocalStorage.snapshot()
  const kick = () =>
    outside(() => {
      worker?.kick()
      wakeups.wake(workKey)
    })

  const engine: EngineWithArtifacts = {
    artifacts,
    workerId,
    ...createCommands(registry, kick),
    ...createObserver(database, wakeups),
    kick,
    register: (definition) => registry.add(definition),
    forget: (before) =>
      durable === undefined ? Promise.resolve(0) : forgetRuns(database, durable, before),

    async launch() {
      registry.seal()
      await durable?.launch()
      await session.join()
      worker?.begin()
    },

    async drain(timeoutMs) {
      worker?.stop()
      const empty = executor.drain()
      const giveUp = AbortSignal.timeout(Math.max(1, timeoutMs))
      const isEmpty = await Promise.race([
        empty.then(() => true),
        onAbort(giveUp).then(() => false),
      ])
      if (!isEmpty) {
        executor.abortAll()
        await settleWithin(empty, tuning.graceMs * 2 + 500)
      }
      await worker?.handOver()
    },

    async close() {
      if (closing.signal.aborted) return
      await engine.drain(0)
      closing.abort(new Error('The engine was closed'))
      await worker?.ended()
      await durable?.shutdown()
      await session.leave()
    },
  }
  return engine
}

const onAbort = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
