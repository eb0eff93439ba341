import { sql } from 'drizzle-orm'
import type { RunId } from '@sluice/contract/ids'
import type { Database, Tx } from '@sluice/db/database'
import { systemScope } from '@sluice/db/scope'
import { append } from '@sluice/events/log'
import { RunFenced } from './errors.ts'
import type { StepFailure } from './errors.ts'
import type { LiveRun } from './live-run.ts'
import { appendChanged, hint, runKey, workKey } from './notify.ts'
import type { StoredRun } from './rows.ts'
import type { RunDefinition } from './types.ts'

// Every write of an execution names its epoch and takes a lock on the run's row, so it either comes
// before another worker's adoption or finds itself fenced; nothing falls in between.

export const fenced = (runId: string): RunFenced =>
  new RunFenced(`Another worker took over the run ${runId}.`)

/**
 * Makes this worker the run's owner and every earlier execution fenced.
 * @returns undefined when the run has ended or is gone: there is nothing to execute
 */
export async function adopt(
  tx: Tx,
  runId: string,
  workerId: string,
): Promise<{ row: StoredRun; ended: Set<number> } | undefined> {
  const { rows } = await tx.execute<StoredRun>(sql`
    update runs set epoch = epoch + 1, worker_id = ${workerId}, started_at = coalesce(started_at, now())
    where id = ${runId} and status in ('queued', 'running', 'waiting')
    returning *`)
  const row = rows[0]
  if (!row) return undefined
  const steps = await tx.execute<{ position: number }>(
    sql`select position from run_steps where run_id = ${runId} and status in ('completed', 'failed')`,
  )
  return { row, ended: new Set(steps.rows.map((step) => step.position)) }
}

/** Counts an attempt of a step before its work begins. @throws RunFenced */
export async function beginAttempt(
  tx: Tx,
  live: LiveRun,
  position: number,
  name: string,
  functionId: number | null,
): Promise<{ attempt: number; failures: number }> {
  const { rows } = await tx.execute<{ attempt: number; failures: number }>(sql`
    with owned as (select id, workspace_id from runs where id = ${live.id} and epoch = ${live.epoch} and status = 'running' for share)
    insert into run_steps as step (workspace_id, run_id, position, function_id, kind, name, attempt, status)
    select workspace_id, id, ${position}::integer, ${functionId}::integer, 'step', ${name}, 1, 'running' from owned
    on conflict (run_id, position) do update
      set attempt = step.attempt + 1, status = 'running', kind = 'step', name = excluded.name, function_id = excluded.function_id,
          started_at = now(), ended_at = null, error_code = null, error_message = null
    returning attempt, failures`)
  const begun = rows[0]
  if (!begun) throw fenced(live.id)
  appendStep(tx, live, {
    type: 'step.started',
    payload: { position, name, attempt: begun.attempt },
  })
  return begun
}

/** Notes an attempt that failed and will be made again. @throws RunFenced */
export async function failAttempt(
  tx: Tx,
  live: LiveRun,
  position: number,
  name: string,
  attempt: number,
  failure: StepFailure,
  delayMs: number,
): Promise<void> {
  const { rowCount } = await tx.execute(sql`
    with owned as (select id from runs where id = ${live.id} and epoch = ${live.epoch} for share)
    update run_steps set failures = failures + 1, error_code = ${failure.code}, error_message = ${failure.message}
    from owned where run_id = owned.id and position = ${position} and attempt = ${attempt}`)
  if (rowCount === 0) throw fenced(live.id)
  appendStep(tx, live, {
    type: 'step.failed',
    payload: { position, name, attempt, message: failure.message, willRetryInMs: delayMs },
  })
}

/**
 * Notes the end of a step whose outcome the durable engine has recorded. The row changes once, so the
 * event is written once, by whichever execution comes here first. @throws RunFenced
 */
export async function endStep(
  tx: Tx,
  live: LiveRun,
  position: number,
  name: string,
  failure: StepFailure | undefined,
): Promise<void> {
  const { rows } = await tx.execute<{ attempt: number; duration_ms: number }>(sql`
    with owned as (select id from runs where id = ${live.id} and epoch = ${live.epoch} for share)
    update run_steps set status = ${failure ? 'failed' : 'completed'}, ended_at = now(),
      error_code = ${failure?.code ?? null}, error_message = ${failure?.message ?? null}
    from owned where run_id = owned.id and position = ${position} and status = 'running'
    returning attempt, (extract(epoch from now() - started_at) * 1000)::integer as duration_ms`)
  const ended = rows[0]
  if (!ended) return await requireOwned(tx, live)
  if (live.crashed) {
    await tx.execute(sql`update runs set crashes = 0 where id = ${live.id}`)
    live.crashed = false
  }
  if (failure) {
    appendStep(tx, live, {
      type: 'step.failed',
      payload: {
        position,
        name,
        attempt: ended.attempt,
        message: failure.message,
        willRetryInMs: null,
      },
    })
  } else {
    appendStep(tx, live, {
      type: 'step.completed',
      payload: { position, name, durationMs: ended.duration_ms },
    })
  }
}

/** Appends a log line; one outside steps only if no earlier execution wrote it. @throws RunFenced */
export async function appendLog(
  tx: Tx,
  live: LiveRun,
  line: { message: string; data?: unknown },
  index: number | undefined,
): Promise<void> {
  await requireOwned(tx, live)
  if (index !== undefined) {
    const { rowCount } = await tx.execute(
      sql`update runs set logged = ${index} where id = ${live.id} and logged < ${index}`,
    )
    if (rowCount === 0) return
  }
  appendStep(tx, live, { type: 'run.log', payload: line })
}

export interface Ending {
  status: 'completed' | 'failed' | 'cancelled' | 'dead'
  output?: unknown
  failure?: StepFailure
  position?: number | null
}

/**
 * Ends a run, if it is still open (and still of that epoch, where one is given).
 * @returns whether this call ended it
 */
export async function endRun(
  tx: Tx,
  run: { id: RunId; epoch?: number },
  ending: Ending,
  definition: RunDefinition<unknown, unknown> | undefined,
): Promise<boolean> {
  const { rows } = await tx.execute<StoredRun>(sql`
    update runs set status = ${ending.status}, output = ${ending.output === undefined ? null : JSON.stringify(ending.output)}::json,
      error_code = ${ending.failure?.code ?? null}, error_message = ${ending.failure?.message ?? null}, error_position = ${ending.position ?? null},
      waiting_on = null, resuming = false, ended_at = now(), deadline_at = null, budget_ms = null
    where id = ${run.id} and status in ('queued', 'running', 'waiting') ${run.epoch === undefined ? sql`` : sql`and epoch = ${run.epoch}`}
    returning *`)
  const row = rows[0]
  if (!row) return false
  await tx.execute(
    sql`update run_steps set status = 'cancelled', ended_at = now() where run_id = ${run.id} and status = 'running'`,
  )
  if (ending.status !== 'completed' && definition?.onEnded) {
    const failure = ending.failure ?? { code: 'unknown', message: '' }
    await definition.onEnded(tx, {
      runId: row.id,
      workspaceId: row.workspace_id,
      status: ending.status,
      error: { code: failure.code, message: failure.message },
      input: parseOrUndefined(definition, row.input),
    })
  }
  appendChanged(tx, {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    status: ending.status,
  })
  // A slot is free, and somebody may wait for the end.
  await hint(tx, workKey, runKey(run.id))
  return true
}

/** Looks without a lock, for a moment when nothing is written. @throws RunFenced */
export async function assertOwned(database: Database, live: LiveRun): Promise<void> {
  const rows = await database.querySystem('select 1 from runs where id = $1 and epoch = $2', [
    live.id,
    live.epoch,
  ])
  if (rows.length === 0) throw fenced(live.id)
}

/** @throws RunFenced */
export async function requireOwned(tx: Tx, live: LiveRun): Promise<void> {
  const { rows } = await tx.execute(
    sql`select 1 from runs where id = ${live.id} and epoch = ${live.epoch} for share`,
  )
  if (rows.length === 0) throw fenced(live.id)
}

function parseOrUndefined(definition: RunDefinition<unknown, unknown>, input: unknown): unknown {
  try {
    return definition.input.parse(input)
  } catch {
    return undefined
  }
}

const appendStep = (tx: Tx, live: LiveRun, event: Parameters<typeof append>[3][number]) =>
  append(tx, systemScope(live.workspaceId), `run:${live.id}`, [event])
