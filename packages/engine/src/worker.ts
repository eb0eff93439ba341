import type { Database } from '@sluice/db/database'
import { sql } from 'drizzle-orm'
import { claimDirect, claimQueued, handleRequest, readOpen } from './dispatch.ts'
import type { DispatchDeps } from './dispatch.ts'
import type { Durable } from './durable.ts'
import type { EngineTuning } from './tuning.ts'
import type { Executor } from './executor.ts'
import { describeFailure } from './failure.ts'
import { hint, runKey, workKey, workersKey } from './notify.ts'
import { endRun } from './records.ts'
import type { Registry } from './registry.ts'
import { rescueDeadWorkers, takeBackOwn } from './rescue.ts'
import type { StoredRun } from './rows.ts'
import type { Session } from './session.ts'
import type { Wakeups } from './wakeups.ts'
import { persist } from './persist.ts'

export interface WorkerDeps {
  database: Database
  registry: Registry
  wakeups: Wakeups
  executor: Executor
  durable: Durable
  session: Session
  workerId: string
  tuning: EngineTuning
  onWarning: (message: string, data: Record<string, unknown>) => void
  closing: AbortSignal
}

/** The loops of an executing process: giving out work, heartbeats, rescue, and a sweep behind every hint. */
export interface Worker {
  begin(): void
  /** There may be work. */
  kick(): void
  onHint(key: string): void
  /** Takes nothing more. */
  stop(): void
  /** Leaves open runs to the others; called when nothing executes here any more. */
  handOver(): Promise<void>
  /** Resolves when no loop is in the middle of something. */
  ended(): Promise<void>
}

export function createWorker(deps: WorkerDeps): Worker {
  const {
    database,
    registry,
    executor,
    durable,
    session,
    tuning,
    workerId,
    onWarning,
    wakeups,
    closing,
  } = deps
  const dispatch: DispatchDeps = {
    database,
    registry,
    workerId: () => workerId,
    defaultConcurrency: tuning.defaultConcurrency,
  }
  const timers: NodeJS.Timeout[] = []
  let taking = false
  let beating = false

  const launch = async (run: StoredRun): Promise<void> => {
    try {
      await persist(() => durable.begin(run), closing)
    } catch (error) {
      if (closing.aborted) return
      onWarning('A run could not be begun', { runId: run.id, error: String(error) })
      const failure = { ...describeFailure(error), code: 'launch_failed', permanent: false }
      await database.system((tx) =>
        endRun(tx, run, { status: 'dead', failure }, registry.find(run.kind)),
      )
    }
  }

  const work = oneAtATime(async () => {
    while (taking && session.isMember()) {
      const open = await readOpen(database)
      // A person waits for these, so they are not kept up by anything else.
      const direct = open.direct && taking ? await claimDirect(dispatch) : []
      const begun = Promise.all(direct.map(launch))
      let hadRequests = false
      if (open.requests) while (taking && (await handleRequest(dispatch))) hadRequests = true
      const capacity = Math.max(0, tuning.capacity - executor.busy())
      const queued = open.queued && taking ? await claimQueued(dispatch, capacity) : []
      await Promise.all([begun, ...queued.map(launch)])
      if (direct.length + queued.length === 0 && !hadRequests) return
    }
  }, onFault('Giving out work failed'))

  const rescue = oneAtATime(
    () =>
      rescueDeadWorkers({
        database,
        durable,
        session,
        workerId,
        staleMs: tuning.staleMs,
        onRescued: (dead, runs) =>
          onWarning('Took over from a worker that is gone', { dead, runs }),
      }),
    onFault('Looking for dead workers failed'),
  )

  const heartbeat = oneAtATime(async () => {
    const alive = await database.querySystem(
      `update workers set heartbeat_at = now() where id = $1 and status = 'alive' returning id`,
      [workerId],
    )
    // Declared dead while frozen: the others have everything; this process begins anew with nothing.
    if (alive.length > 0 || !beating) return
    executor.fenceAll()
    await session.asRescuerOf(workerId, () =>
      database.querySystem(
        `update workers set status = 'alive', heartbeat_at = now() where id = $1 and status = 'gone'`,
        [workerId],
      ),
    )
  }, onFault('A heartbeat failed'))

  const check = oneAtATime(async () => {
    await executor.check()
    const parked = executor
      .live()
      .filter((live) => live.parked)
      .map((live) => live.id)
    if (parked.length === 0) return
    const missed = await database.querySystem<{ id: string }>(
      `select distinct s.run_id as id from run_signals s where s.run_id = any($1) and s.taken_by is null
       union select id from runs where id = any($1) and status = 'running'`,
      [parked],
    )
    for (const { id } of missed) wakeups.wake(runKey(id))
  }, onFault('The sweep over runs in memory failed'))

  // Not at the first sight: between the claim of a run and its first line in memory lies a moment.
  const missingSince = new Map<string, number>()
  const takeBack = oneAtATime(async () => {
    if (!taking || !session.isMember()) return
    const rows = await database.querySystem<{ id: string }>(
      `select id from runs where worker_id = $1 and status in ('queued', 'running', 'waiting')`,
      [workerId],
    )
    const here = new Set<string>(executor.live().map((live) => live.id))
    const missing = rows.map(({ id }) => id).filter((id) => !here.has(id))
    for (const id of missingSince.keys()) if (!missing.includes(id)) missingSince.delete(id)
    const now = performance.now()
    const lost = missing.filter((id) => {
      const since = missingSince.get(id)
      if (since === undefined) missingSince.set(id, now)
      return since !== undefined && now - since >= tuning.lostMs
    })
    if (lost.length === 0) return
    const runs = await takeBackOwn({ database, durable, workerId }, lost)
    onWarning('Took back runs that were lost from memory', { runs })
  }, onFault('Looking for runs that were lost from memory failed'))

  function onFault(message: string) {
    return (error: unknown) => {
      if (!closing.aborted) onWarning(message, { error: String(error) })
    }
  }

  return {
    begin() {
      taking = true
      beating = true
      timers.push(
        setInterval(work.kick, tuning.sweepMs),
        setInterval(check.kick, tuning.sweepMs),
        setInterval(takeBack.kick, tuning.sweepMs),
        setInterval(rescue.kick, tuning.rescueMs),
        setInterval(heartbeat.kick, tuning.heartbeatMs),
      )
      rescue.kick()
      work.kick()
    },
    kick: work.kick,
    onHint(key) {
      if (key === workKey) work.kick()
      else if (key === workersKey) rescue.kick()
      else if (key.startsWith('cancel:'))
        executor.check([key.slice('cancel:'.length)]).catch(onFault('A cancel could not be read'))
    },
    stop() {
      taking = false
    },
    async handOver() {
      beating = false
      for (const timer of timers.splice(0)) clearInterval(timer)
      await Promise.all([work, rescue, heartbeat, check, takeBack].map((loop) => loop.idle()))
      try {
        await database.system(async (tx) => {
          await tx.execute(sql`
            update workers set status = case
              when exists (select 1 from runs where worker_id = ${workerId} and status in ('queued', 'running', 'waiting')) then 'drained' else 'gone' end
            where id = ${workerId} and status = 'alive'`)
          await hint(tx, workersKey)
        })
      } catch (error) {
        onFault('The hand-over could not be written; the others find out by the lock')(error)
      }
    },
    async ended() {
      await Promise.all([work, rescue, heartbeat, check, takeBack].map((loop) => loop.idle()))
    },
  }
}

/** A task that never runs beside itself; a kick during a run makes it run once more. */
function oneAtATime(
  task: () => Promise<void>,
  onFault: (error: unknown) => void,
): { kick: () => void; idle: () => Promise<void> } {
  let running: Promise<void> | undefined
  let again = false
  const loop = async () => {
    do {
      again = false
      try {
        await task()
      } catch (error) {
        onFault(error)
      }
    } while (again)
    running = undefined
  }
  return {
    kick() {
      if (running) again = true
      else running = loop()
    },
    idle: async () => {
      while (running) await running
    },
  }
}
