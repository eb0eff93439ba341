import type { ArtifactId, RunId, WorkspaceId } from '@sluice/contract/ids'
import type { RunStatus } from '@sluice/contract/run'
import type { Tx } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'

/** A zod schema fits. `parse` throws on what it refuses. */
export interface InputSchema<I> {
  parse(value: unknown): I
}

/**
 * One kind of run: what it takes and what it does.
 *
 * `execute` is replayed after a crash: everything between steps must be deterministic (no
 * clock, randomness or I/O outside `step`), and steps are matched by their order. To change
 * a kind that has open runs, guard the new steps with `run.patch`.
 */
export interface RunDefinition<I, O> {
  /** Stable name, stored with every run; at most 100 characters. */
  kind: string
  /** Checked at start and again before each execution; a stored run that no longer fits fails with `invalid_input`. */
  input: InputSchema<I>
  /**
   * `direct`: begins in milliseconds and counts against no limit (a person is waiting).
   * `queue`: waits for a slot of its workspace, lower priority number first, then age.
   */
  start: 'direct' | 'queue'
  /** Time in the states running and queued-for-a-slot-again; time spent waiting for a person is not counted. */
  timeoutMs?: number
  /** Executions without a completed step, ended by a worker's death, before the run becomes a dead letter. Default 5. */
  maxCrashes?: number
  execute(run: RunContext, input: I): Promise<O>
  /**
   * Called once, durably, when the run ended in any final state except `completed`, also when
   * it was cancelled before it began; in the transaction that ends the run. Keep it to rows.
   */
  onEnded?(tx: Tx, ended: RunEnded<I>): Promise<void>
}

export interface RunEnded<I> {
  runId: RunId
  workspaceId: WorkspaceId
  status: 'failed' | 'cancelled' | 'dead'
  error: RunFailure
  /** Undefined when the stored input no longer fits the definition. */
  input: I | undefined
}

export interface RunFailure {
  code: string
  message: string
}

export interface RunContext {
  readonly runId: RunId
  readonly workspaceId: WorkspaceId
  /** Aborted by a cancel, the run's time limit, or the loss of the run to another worker. `signal.reason` is a RunCancelled, RunTimedOut or RunFenced. */
  readonly signal: AbortSignal
  /**
   * A durable step: its result (JSON) is recorded and never computed again; a crash inside it
   * re-executes it with `attempt` + 1. Throws StepFailed once its retries are used up: catch
   * it to go another way (the failure is recorded and replays the same), or let it end the run.
   */
  step<T>(name: string, work: (step: StepContext) => Promise<T>, options?: StepOptions): Promise<T>
  /**
   * Waits for a signal on a topic; survives restarts, holds no slot and no connection.
   * Signals of a topic are kept in order and each is taken by exactly one wait, also when it
   * came before the wait.
   * @returns the signal's payload, or undefined when `timeoutMs` passed first
   */
  wait<T>(topic: string, options?: { timeoutMs?: number }): Promise<T | undefined>
  /** Appends a line to the run's log (an event on `run:<id>`). Call inside or outside steps; a replay does not repeat recorded steps' lines. */
  log(message: string, data?: Record<string, unknown>): Promise<void>
  /** True for runs that began after this name was added to the code; keeps older runs on their old path. */
  patch(name: string): Promise<boolean>
}

export interface StepContext {
  /** Aborted when the run is cancelled, fenced or out of time, when the step's own time limit passes, or at the end of a drain. Wire it into child process groups. */
  readonly signal: AbortSignal
  /** 1 on the first execution, more after a crash, a drain or a retry; counted in the database before the work begins. */
  readonly attempt: number
  /** The same for every attempt of this step of this run: hand it to outside systems. */
  readonly idempotencyKey: string
  /** Asks the database whether this worker still owns the run. Call it right before an outside effect. @throws RunFenced */
  assertLive: () => Promise<void>
  /** Keeps bytes or text beside the run; the same name in the same step replaces it, so a second attempt leaves one. */
  artifact(name: string, contentType: string, content: Uint8Array | string): Promise<ArtifactId>
}

export interface StepOptions {
  /** Limit of one attempt. */
  timeoutMs?: number
  retry?: RetryPolicy
}

/** Waits and limits of retries, chosen by the reason of the failure. */
export interface RetryPolicy {
  /** Attempts made in all, the first included, crashes not counted. Default 1: no retry. */
  maxAttempts: number
  /** Default 500. */
  initialDelayMs?: number
  /** Default 30,000. */
  maxDelayMs?: number
  /** Default 2. */
  factor?: number
  /** Policies for named reasons (an error's `code`, else its `name`), before the one above. `false`: never again. */
  byReason?: Record<string, Omit<RetryPolicy, 'byReason'> | false>
}

export interface StartRun {
  kind: string
  input: unknown
  /** Given: starting the same id again changes nothing and returns it. */
  runId?: RunId
  subject?: { type: string; id: string }
  /** Lower goes first; 0 to 1000, default 100. Only for kinds that queue. */
  priority?: number
}

export interface Engine {
  /** Makes a kind known. All kinds are registered before `launch`. */
  register<I, O>(definition: RunDefinition<I, O>): void
  /** Migrates the durable engine's own schema (one process at a time) and, where this process executes runs, joins the workers. */
  launch(): Promise<void>

  // These six write into the caller's transaction: they take effect, exactly once, if and
  // only if it commits, and any process may call them, executing or not.
  // They only insert rows, so they never wait for a lock that a run holds.
  start(tx: Tx, scope: Scope, run: StartRun): Promise<RunId>
  /** @throws SluiceError not_found, wrong_state (the run has ended) */
  signal(tx: Tx, scope: Scope, runId: RunId, topic: string, payload: unknown): Promise<void>
  /** Asks a run to end; a queued one ends at once. Does nothing to a run that has ended. @throws SluiceError not_found */
  cancel(tx: Tx, scope: Scope, runId: RunId, reason: string): Promise<void>
  /** Continues a run that is `dead` or `failed` under its own id at the step that failed. @throws SluiceError not_found, wrong_state */
  replay(tx: Tx, scope: Scope, runId: RunId): Promise<void>
  /**
   * A new run with the same input that takes over the recorded steps before `fromStep` (a position
   * of listSteps, or the name of the first step of that name) and executes the rest anew.
   * @throws SluiceError not_found, wrong_state (the run is still going), invalid_input (no such step)
   */
  fork(tx: Tx, scope: Scope, runId: RunId, options: { fromStep: number | string }): Promise<RunId>
  /** How many queued-kind runs of a workspace may run at once, over all processes. Without it `defaultConcurrency` holds. */
  setConcurrency(tx: Tx, scope: Scope, limit: number): Promise<void>

  /** Hint that there may be work. The six methods above give it themselves after their transaction commits. */
  kick(): void
  /** Resolves when nothing is queued to start and nothing executes anywhere, waiting runs excepted. For tests and shutdown. */
  idle(signal?: AbortSignal): Promise<void>
  /** Resolves with the run's row once it is in one of the states (default: a final one). @throws SluiceError not_found */
  settled(
    scope: Scope,
    runId: RunId,
    options?: { statuses?: RunStatus[]; signal?: AbortSignal },
  ): Promise<RunRow>
  /**
   * Lets go of the durable records of runs that ended before a time; they stay to be looked at and can no longer be
   * replayed or forked. Only where this process executes runs.
   * @returns how many, in batches: call again until it is none
   */
  forget(before: Date): Promise<number>
  /** Takes no new work, lets open steps end for at most `timeoutMs`, then aborts them; what is left is taken over by other workers (or this one's next start). */
  drain(timeoutMs: number): Promise<void>
  /** Drains with no patience and lets go of every connection. */
  close(): Promise<void>
}

/** A run as the page lists it. Times are UTC. */
export interface RunRow {
  id: RunId
  workspaceId: WorkspaceId
  kind: string
  subjectType: string | null
  subjectId: string | null
  status: RunStatus
  input: unknown
  output: unknown
  error: RunFailure | null
  priority: number
  forkedFrom: RunId | null
  workerId: string | null
  /** The topic that a waiting run waits on. */
  waitingOn: string | null
  cancelReason: string | null
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
}

export interface StepRow {
  position: number
  name: string
  kind: 'step' | 'wait'
  attempt: number
  status: 'running' | 'completed' | 'failed' | 'cancelled'
  startedAt: Date
  endedAt: Date | null
  error: RunFailure | null
}
