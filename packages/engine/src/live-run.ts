import type { RunId, WorkspaceId } from '@sluice/contract/ids'
import { RunTimedOut, WorkerDrained } from './errors.ts'
import { toDate } from './rows.ts'
import type { StoredRun } from './rows.ts'

/** One execution of a run in this process: what is known of it in memory. */
export interface LiveRun {
  readonly id: RunId
  readonly workspaceId: WorkspaceId
  readonly kind: string
  readonly startMode: 'direct' | 'queue'
  /** The fencing token of this execution. */
  readonly epoch: number
  readonly controller: AbortController
  /** Aborted when no further step may begin: by whatever aborts the run, and already at the start of a drain. */
  readonly stopSoon: AbortController
  /** Positions whose end stands in `run_steps` already, from earlier executions. */
  readonly ended: Set<number>
  /** The last position given out. */
  position: number
  /** An interruption was thrown into the run's code. */
  interrupted: boolean
  /** Steps open right now. */
  open: number
  /** True while the run holds no slot, because it waits or queues again. */
  parked: boolean
  crashed: boolean
  /** Log lines of earlier executions, and those of this one so far. */
  logged: number
  loggedNow: number
  deadlineTimer: NodeJS.Timeout | undefined
}

const maxTimerMs = 2_147_483_647

export function createLiveRun(row: StoredRun, ended: Set<number>): LiveRun {
  const live: LiveRun = {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    startMode: row.start_mode,
    epoch: row.epoch,
    controller: new AbortController(),
    stopSoon: new AbortController(),
    ended,
    position: 0,
    interrupted: false,
    open: 0,
    parked: row.status !== 'running',
    crashed: row.crashes > 0,
    logged: row.logged,
    loggedNow: 0,
    deadlineTimer: undefined,
  }
  live.controller.signal.addEventListener(
    'abort',
    () => live.stopSoon.abort(live.controller.signal.reason),
    { once: true },
  )
  if (row.deadline_at !== null) armDeadline(live, toDate(row.deadline_at).getTime() - Date.now())
  return live
}

/** Starts the run's clock. */
export function armDeadline(live: LiveRun, remainingMs: number): void {
  clearTimeout(live.deadlineTimer)
  // A limit beyond what a timer keeps (24 days) is looked at again when it fires.
  live.deadlineTimer = setTimeout(
    () => {
      if (remainingMs > maxTimerMs) armDeadline(live, remainingMs - maxTimerMs)
      else live.controller.abort(new RunTimedOut('The run went over its time limit.'))
    },
    Math.min(Math.max(0, remainingMs), maxTimerMs),
  )
}

/** Stops the run's clock, as while it waits for a person. */
export function disarmDeadline(live: LiveRun): void {
  clearTimeout(live.deadlineTimer)
  live.deadlineTimer = undefined
}

/** Lets the open step end and nothing begin. */
export function stopSoon(live: LiveRun): void {
  live.stopSoon.abort(new WorkerDrained('This worker is shutting down; the run goes on elsewhere.'))
}

/** Why this execution must not go on, if so; the caller throws it into the run's code. */
export function interruption(live: LiveRun): Error | undefined {
  if (!live.stopSoon.signal.aborted) return undefined
  live.interrupted = true
  return live.stopSoon.signal.reason as Error
}
