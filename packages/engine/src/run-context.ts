import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk'
import type { Database, Tx } from '@sluice/db/database'
import { runAttempt } from './attempt.ts'
import { RunFenced, StepFailed } from './errors.ts'
import type { StepFailure } from './errors.ts'
import { describeFailure } from './failure.ts'
import { armDeadline, disarmDeadline, interruption } from './live-run.ts'
import type { LiveRun } from './live-run.ts'
import { runKey } from './notify.ts'
import { persist } from './persist.ts'
import { appendLog, assertOwned, beginAttempt, endStep, failAttempt, fenced } from './records.ts'
import { nextDelayMs } from './retry.ts'
import type { ArtifactStore } from './artifacts.ts'
import type { RunContext, StepContext, StepOptions } from './types.ts'
import { pause, settleWithin } from './wakeups.ts'
import type { Wakeups } from './wakeups.ts'
import { beginWait, park, readSlot, readWait, takeSignal, unpark, waitName } from './waits.ts'
import type { Taken } from './waits.ts'

export interface ContextDeps {
  database: Database
  wakeups: Wakeups
  artifacts: ArtifactStore
  graceMs: number
  random: () => number
  onWarning: (message: string, data: Record<string, unknown>) => void
}

type Outcome<T> = { ok: true; value: T } | { ok: false; failure: StepFailure }

/** Look again now and then while standing in line, in case a hint was lost. */
const slotRecheckMs = 2_000

/** What `execute` of a definition is given: steps and waits over the durable engine's records. */
export function createRunContext(live: LiveRun, deps: ContextDeps): RunContext {
  const { database, wakeups } = deps
  const transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    try {
      return await persist(() => database.system(work), live.controller.signal)
    } catch (error) {
      if (error instanceof RunFenced) live.controller.abort(error)
      throw error
    }
  }

  const resume = async (): Promise<void> => {
    if (!live.parked) return
    let slot = await transact((tx) => unpark(tx, live))
    while (!slot.running) {
      const armed = wakeups.arm(runKey(live.id))
      try {
        slot = await transact((tx) => readSlot(tx, live))
        if (!slot.running) await settleWithin(armed.fired, slotRecheckMs, live.stopSoon.signal)
      } finally {
        armed.disarm()
      }
    }
    live.parked = false
    if (slot.remainingMs !== undefined) armDeadline(live, slot.remainingMs)
  }

  const attempts = async <T>(
    position: number,
    name: string,
    work: (step: StepContext) => Promise<T>,
    options: StepOptions,
  ): Promise<Outcome<T>> => {
    await resume()
    const functionId = DBOS.stepID ?? null
    for (;;) {
      const begun = await transact((tx) => beginAttempt(tx, live, position, name, functionId))
      try {
        const value = await runAttempt(
          (signal) => work(stepContext(live, position, begun.attempt, signal, deps)),
          {
            signal: live.controller.signal,
            timeoutMs: options.timeoutMs,
            graceMs: deps.graceMs,
            onLeftBehind: () =>
              deps.onWarning('A step did not stop when it was told to; it was left behind', {
                runId: live.id,
                step: name,
              }),
          },
        )
        // Late is lost: another worker may have adopted the run while this one was frozen inside the work.
        await persist(() => assertOwned(database, live), live.controller.signal)
        return { ok: true, value }
      } catch (error) {
        if (error instanceof RunFenced) live.controller.abort(error)
        if (live.controller.signal.aborted) throw error
        const failure = describeFailure(error)
        const delayMs = nextDelayMs(options.retry, failure, begun.failures + 1, deps.random())
        if (delayMs === undefined) return { ok: false, failure }
        await transact((tx) =>
          failAttempt(tx, live, position, name, begun.attempt, failure, delayMs),
        )
        await pause(delayMs, live.stopSoon.signal)
      }
    }
  }

  /** Runs a recorded operation; what interrupts the run is never recorded as its outcome. */
  const recorded = async <T>(name: string, operation: () => Promise<T>): Promise<T> => {
    const stopped = interruption(live)
    if (stopped) throw stopped
    let escaped: unknown
    try {
      // The conflict is the one error that the durable engine passes on without recording it.
      return await DBOS.runStep(
        () =>
          operation().catch((error: unknown) => {
            escaped = error
            throw new DBOSWorkflowConflictError(live.id)
          }),
        { name },
      )
    } catch (error) {
      if (escaped !== undefined) throw interruption(live) ?? asError(escaped)
      // Refused by the durable engine itself: the record belongs to another execution.
      if (error instanceof DBOSWorkflowConflictError) live.controller.abort(fenced(live.id))
      throw interruption(live) ?? error
    }
  }

  return {
    runId: live.id,
    workspaceId: live.workspaceId,
    signal: live.controller.signal,

    async step(name, work, options = {}) {
      requireOutsideSteps('step')
      const position = ++live.position
      live.open++
      try {
        const outcome = await recorded(name, () => attempts(position, name, work, options))
        const failure = outcome.ok ? undefined : outcome.failure
        if (!live.ended.has(position))
          await transact((tx) => endStep(tx, live, position, name, failure))
        if (!outcome.ok) throw new StepFailed(name, position, outcome.failure)
        return outcome.value
      } finally {
        live.open--
      }
    },

    async wait<T>(topic: string, options: { timeoutMs?: number } = {}) {
      requireOutsideSteps('wait')
      const position = ++live.position
      // The operation's number is taken in the order of the calls, so the waiting itself happens inside it.
      const taken = await recorded<Taken>(waitName(topic), async () => {
        await awaitSignal(position, topic, options.timeoutMs)
        await resume()
        const functionId = DBOS.stepID ?? null
        return await transact((tx) => takeSignal(tx, live, position, topic, functionId))
      })
      if (!live.ended.has(position))
        await transact((tx) => endStep(tx, live, position, waitName(topic), undefined))
      return 'signal' in taken ? (taken.signal as T) : undefined
    },

    async log(message, data) {
      const line = data === undefined ? { message } : { message, data }
      if (DBOS.isInStep()) {
        await transact((tx) => appendLog(tx, live, line, undefined))
        return
      }
      const index = ++live.loggedNow
      if (index > live.logged) await transact((tx) => appendLog(tx, live, line, index))
    },

    patch: (name) => DBOS.patch(name),
  }

  async function awaitSignal(
    position: number,
    topic: string,
    timeoutMs: number | undefined,
  ): Promise<void> {
    let state = await transact((tx) => beginWait(tx, live, position, topic, timeoutMs))
    while (!state.ready) {
      const armed = wakeups.arm(runKey(live.id))
      try {
        state = await transact((tx) => readWait(tx, live, position, topic))
        if (state.ready) return
        if (!live.parked && live.open === 0) {
          await transact((tx) => park(tx, live, topic))
          live.parked = true
          disarmDeadline(live)
        }
        await settleWithin(
          armed.fired,
          state.remainingMs ?? Number.POSITIVE_INFINITY,
          live.stopSoon.signal,
        )
      } finally {
        armed.disarm()
      }
    }
  }
}

function stepContext(
  live: LiveRun,
  position: number,
  attempt: number,
  signal: AbortSignal,
  deps: ContextDeps,
): StepContext {
  const assertLive = async () => {
    signal.throwIfAborted()
    try {
      await assertOwned(deps.database, live)
    } catch (error) {
      if (error instanceof RunFenced) live.controller.abort(error)
      throw error
    }
  }
  return {
    signal,
    attempt,
    idempotencyKey: `${live.id}:${position}`,
    assertLive,
    artifact: (name, contentType, content) =>
      deps.artifacts.put(live, { position, name, contentType, content }),
  }
}

function requireOutsideSteps(what: string): void {
  if (DBOS.isInStep()) throw new Error(`run.${what} was called inside a step: steps do not nest`)
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown))
