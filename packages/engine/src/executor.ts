import { DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk'
import type { Database } from '@sluice/db/database'
import { RunCancelled, RunFenced, RunTimedOut, WorkerDrained } from './errors.ts'
import { describeFailure, endingOf } from './failure.ts'
import { createLiveRun, disarmDeadline, stopSoon } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import { persist } from './persist.ts'
import { adopt, endRun, fenced } from './records.ts'
import type { Ending } from './records.ts'
import type { Registry } from './registry.ts'
import { createRunContext } from './run-context.ts'
import type { ContextDeps } from './run-context.ts'
import type { RunDefinition } from './types.ts'
import { settleWithin } from './wakeups.ts'

const defaultMaxCrashes = 5

export interface Executor {
  /** The body of every workflow: executes one run to its end, or leaves it to another worker. */
  body(runId: string): Promise<void>
  /** Runs in memory that hold a slot. */
  busy(): number
  live(): LiveRun[]
  /** Looks at the rows of the runs in memory and stops those that were cancelled or lost. */
  check(runIds?: string[]): Promise<void>
  /** Another worker has taken everything from here. */
  fenceAll(): void
  /** Begins nothing more and interrupts runs between steps; resolves when no run is in memory. */
  drain(): Promise<void>
  /** Aborts open steps as well. */
  abortAll(): void
}

export interface ExecutorDeps extends ContextDeps {
  database: Database
  registry: Registry
  workerId: () => string
  /** Aborted when the engine closes. */
  closing: AbortSignal
}

export function createExecutor(deps: ExecutorDeps): Executor {
  const { database, registry } = deps
  const runs = new Map<LiveRun, Promise<void>>()
  let draining = false
  let emptied = Promise.withResolvers<void>()

  const execute = async (
    live: LiveRun,
    definition: RunDefinition<unknown, unknown>,
    input: unknown,
  ): Promise<Ending> => {
    const { signal } = live.controller
    const stopped = Promise.withResolvers<never>()
    const onAbort = () => {
      // Code between steps cannot be stopped; it is given time to come to its next step and then left behind.
      settleWithin(new Promise(() => {}), deps.graceMs * 2).then(
        () => stopped.reject(signal.reason as Error),
        stopped.reject,
      )
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const executing = definition.execute(createRunContext(live, deps), input)
      const output = await Promise.race([executing, stopped.promise])
      // Code that caught the interruption of a step and went on has not come to its true end.
      if (live.interrupted) throw live.stopSoon.signal.reason
      return { status: 'completed', output }
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  const end = async (
    live: LiveRun,
    ending: Ending,
    definition: RunDefinition<unknown, unknown> | undefined,
  ): Promise<void> => {
    const won = await persist(
      () => database.system((tx) => endRun(tx, live, ending, definition)),
      deps.closing,
    )
    if (won) return
    // Either a commit whose answer was lost, or another worker owns the run.
    const rows = await persist(
      () =>
        database.querySystem(
          `select 1 from runs where id = $1 and epoch = $2 and ended_at is not null`,
          [live.id, live.epoch],
        ),
      deps.closing,
    )
    if (rows.length === 0) throw fenced(live.id)
  }

  const runToEnd = async (
    live: LiveRun,
    crashes: number,
    rawInput: unknown,
    cancelReason: string | null,
  ): Promise<void> => {
    const definition = registry.find(live.kind)
    if (cancelReason !== null) live.controller.abort(new RunCancelled(cancelReason))
    let ending: Ending
    try {
      const stopped = live.controller.signal.reason as Error | undefined
      if (stopped) throw stopped
      ending = await attemptRun(live, crashes, rawInput, definition)
    } catch (error) {
      const reason = (live.stopSoon.signal.reason ?? error) as Error
      if (isLeftToOthers(reason)) throw reason
      ending = endingOf(
        reason instanceof RunCancelled || reason instanceof RunTimedOut ? reason : error,
      )
    }
    try {
      await end(live, ending, definition)
    } catch (error) {
      if (isLeftToOthers(error) || deps.closing.aborted) throw error
      // The definition's own ending failed, or its output is no JSON. Left open, the run would never end.
      deps.onWarning('A run could not be ended as it asked', {
        runId: live.id,
        error: String(error),
      })
      const failure = { ...describeFailure(error), code: 'ending_failed', permanent: false }
      await end(live, { status: 'dead', failure }, undefined)
    }
  }

  const attemptRun = async (
    live: LiveRun,
    crashes: number,
    rawInput: unknown,
    definition: RunDefinition<unknown, unknown> | undefined,
  ): Promise<Ending> => {
    const dead = (code: string, message: string): Ending => ({
      status: 'dead',
      failure: { code, message, permanent: false },
    })
    if (!definition)
      return dead('unknown_kind', `This version of Sluice knows no run of kind ${live.kind}.`)
    const maxCrashes = definition.maxCrashes ?? defaultMaxCrashes
    if (crashes > maxCrashes)
      return dead(
        'crash_loop',
        `The process that executed this run died ${crashes} times at the same place.`,
      )
    let input: unknown
    try {
      input = definition.input.parse(rawInput)
    } catch (error) {
      return {
        status: 'failed',
        failure: {
          code: 'invalid_input',
          message: `The stored input no longer fits: ${String(error)}`,
          permanent: true,
        },
      }
    }
    return await execute(live, definition, input)
  }

  const adoptAndRun = async (runId: string): Promise<void> => {
    const adopted = await persist(
      () => database.system((tx) => adopt(tx, runId, deps.workerId())),
      deps.closing,
    )
    if (!adopted) return
    const { row } = adopted
    const live = createLiveRun(row, adopted.ended)
    const done = runToEnd(live, row.crashes, row.input, row.cancel_reason).finally(() => {
      disarmDeadline(live)
      runs.delete(live)
      if (runs.size === 0) emptied.resolve()
    })
    runs.set(live, done)
    if (draining) stopSoon(live)
    await done
  }

  const executor: Executor = {
    async body(runId) {
      try {
        if (draining) throw new WorkerDrained('This worker is shutting down.')
        await adoptAndRun(runId)
      } catch (error) {
        // The workflow stays open in the durable engine, for whoever owns it now or takes it over.
        if (!isLeftToOthers(error))
          deps.onWarning('A run stopped unexpectedly and was left for takeover', {
            runId,
            error: String(error),
          })
        throw new DBOSWorkflowConflictError(runId)
      }
    },
    busy: () => [...runs.keys()].filter((live) => !live.parked).length,
    live: () => [...runs.keys()],

    async check(runIds) {
      const lives = [...runs.keys()].filter((live) => !runIds || runIds.includes(live.id))
      if (lives.length === 0) return
      const rows = await database.querySystem<{
        id: string
        epoch: number
        cancel_reason: string | null
      }>('select id, epoch, cancel_reason from runs where id = any($1)', [
        lives.map((live) => live.id),
      ])
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const live of lives) {
        const row = byId.get(live.id)
        if (!row || row.epoch !== live.epoch) live.controller.abort(fenced(live.id))
        else if (row.cancel_reason !== null)
          live.controller.abort(new RunCancelled(row.cancel_reason))
      }
    },

    fenceAll() {
      for (const live of runs.keys()) live.controller.abort(fenced(live.id))
    },

    async drain() {
      draining = true
      for (const live of runs.keys()) stopSoon(live)
      while (runs.size > 0) {
        emptied = Promise.withResolvers()
        await emptied.promise
      }
    },

    abortAll() {
      for (const live of runs.keys())
        live.controller.abort(
          new WorkerDrained('This worker is shutting down; the step is executed again elsewhere.'),
        )
    },
  }
  return executor
}

const isLeftToOthers = (error: unknown): boolean =>
  error instanceof RunFenced || error instanceof WorkerDrained
