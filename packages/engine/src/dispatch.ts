import { sql } from 'drizzle-orm'
import type { Database, Tx } from '@sluice/db/database'
import { endRun } from './records.ts'
import type { Registry } from './registry.ts'
import { appendChanged, cancelKey, hint, runKey, workKey } from './notify.ts'
import type { StoredRun } from './rows.ts'

export interface DispatchDeps {
  database: Database
  registry: Registry
  workerId: () => string
  /** Slots of a workspace that has no row in `run_limits`. */
  defaultConcurrency: number
}

/** Held while slots are counted and given out, so that limits are exact over all processes. */
const slotLockKey = 7_583_420_063
const batchSize = 50

export interface Open {
  requests: boolean
  direct: boolean
  queued: boolean
}

/** What there is to do, by one statement: most looks find nothing. */
export async function readOpen(database: Database): Promise<Open> {
  const [open] = await database.querySystem<Open & Record<string, unknown>>(
    `select exists (select 1 from run_outbox) as requests,
       exists (select 1 from runs where status = 'queued' and start_mode = 'direct') as direct,
       exists (select 1 from runs where status = 'queued' and start_mode = 'queue') as queued`,
  )
  return open ?? { requests: false, direct: false, queued: false }
}

/** Gives `runs` its clock and its slot. */
const running = sql`
  status = 'running', resuming = false, budget_ms = null,
  deadline_at = case when r.budget_ms is null then null else clock_timestamp() + r.budget_ms * interval '1 millisecond' end`

/** One that was declared dead while it was frozen takes nothing before it has found that out: it would drop it again. */
const isAlive = (workerId: string) =>
  sql`exists (select 1 from workers w where w.id = ${workerId} and w.status = 'alive')`

/** Claims runs that a person waits for; they need no slot. */
export async function claimDirect({
  database,
  registry,
  workerId,
}: DispatchDeps): Promise<StoredRun[]> {
  return await database.system(async (tx) => {
    const { rows } = await tx.execute<StoredRun>(sql`
      with picked as (
        select id from runs
        where status = 'queued' and start_mode = 'direct' and kind = any(${sql.param(registry.kinds())}::text[])
          and ${isAlive(workerId())}
        order by queued_at limit ${batchSize} for update skip locked)
      update runs r set worker_id = ${workerId()}, ${running} from picked where r.id = picked.id returning r.*`)
    await tellRunning(tx, rows)
    return rows
  })
}

/**
 * Gives free slots to queued runs: the lower priority number first, then those that go on after a wait,
 * then by age. Runs that go on are told wherever they live; fresh ones are claimed for this worker.
 * @param capacity how many fresh runs this worker takes
 */
export async function claimQueued(
  { database, registry, workerId, defaultConcurrency }: DispatchDeps,
  capacity: number,
): Promise<StoredRun[]> {
  return await database.system(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${slotLockKey})`)
    const { rows } = await tx.execute<StoredRun & { was_resuming: boolean }>(sql`
      with used as (
        select workspace_id, count(*) as slots from runs where status = 'running' and start_mode = 'queue' group by workspace_id
      ), placed as (
        select c.id, c.resuming, c.priority, c.queued_at,
          row_number() over (partition by c.workspace_id order by c.priority, c.resuming desc, c.queued_at, c.id) as place,
          coalesce(l.concurrency, ${defaultConcurrency}::integer) - coalesce(u.slots, 0) as free
        from runs c left join used u using (workspace_id) left join run_limits l using (workspace_id)
        where c.status = 'queued' and c.start_mode = 'queue' and (c.resuming or c.kind = any(${sql.param(registry.kinds())}::text[]))
      ), granted as (
        select id, resuming, row_number() over (partition by resuming order by priority, queued_at, id) as turn from placed where place <= free
      )
      update runs r set worker_id = case when g.resuming then r.worker_id else ${workerId()} end, ${running}
      from granted g where r.id = g.id and r.status = 'queued'
        and (g.resuming or (g.turn <= ${Math.min(capacity, batchSize)}::integer and ${isAlive(workerId())}))
      returning r.*, g.resuming as was_resuming`)
    await tellRunning(tx, rows)
    return rows.filter((row) => !row.was_resuming)
  })
}

async function tellRunning(tx: Tx, rows: StoredRun[]): Promise<void> {
  if (rows.length === 0) return
  for (const row of rows) {
    appendChanged(tx, {
      id: row.id,
      workspaceId: row.workspace_id,
      kind: row.kind,
      status: 'running',
    })
  }
  // Also for the worker that holds a run which goes on after a wait.
  await hint(tx, ...rows.map((row) => runKey(row.id)))
}

interface Request extends Record<string, unknown> {
  run_id: string
  request: 'cancel' | 'replay'
  reason: string | null
}

/** Carries out one request of the outbox. @returns false when there was none */
export async function handleRequest({ database, registry }: DispatchDeps): Promise<boolean> {
  return await database.system(async (tx) => {
    const { rows } = await tx.execute<Request>(sql`
      delete from run_outbox where id = (select id from run_outbox order by id limit 1 for update skip locked) returning run_id, request, reason`)
    const request = rows[0]
    if (!request) return false
    if (request.request === 'cancel') await cancel(tx, registry, request)
    else await replay(tx, request.run_id)
    return true
  })
}

async function cancel(
  tx: Tx,
  registry: Registry,
  { run_id: runId, reason }: Request,
): Promise<void> {
  const message = reason ?? 'The run was cancelled.'
  const { rows } = await tx.execute<StoredRun>(sql`
    update runs set cancel_reason = coalesce(cancel_reason, ${message})
    where id = ${runId} and status in ('queued', 'running', 'waiting') returning *`)
  const run = rows[0]
  if (!run) return
  // Queued and in nobody's memory: there is nothing to stop.
  if (run.status === 'queued' && !run.resuming) {
    const ending = {
      status: 'cancelled',
      failure: { code: 'cancelled', message, permanent: true },
    } as const
    await endRun(tx, { id: run.id }, ending, registry.find(run.kind))
    return
  }
  await hint(tx, cancelKey(run.id))
}

async function replay(tx: Tx, runId: string): Promise<void> {
  // From the step that failed; where the failure came from between steps, after everything that is recorded.
  const { rows } = await tx.execute<StoredRun>(sql`
    update runs r set status = 'queued', resuming = false, queued_at = now(), ended_at = null, error_code = null, error_message = null,
      error_position = null, output = null, crashes = 0, cancel_reason = null, worker_id = null, budget_ms = timeout_ms, deadline_at = null,
      launch_at = coalesce(
        (select function_id from run_steps s where s.run_id = r.id and s.position = r.error_position),
        (select max(function_id) + 1 from run_steps s where s.run_id = r.id and s.status in ('completed', 'failed')),
        0)
    where id = ${runId} and status in ('dead', 'failed') and forgotten_at is null returning *`)
  const run = rows[0]
  if (!run) return
  await tx.execute(sql`
    update run_steps set failures = 0, status = 'cancelled' where run_id = ${runId} and function_id >= ${run.launch_at}::integer`)
  appendChanged(tx, {
    id: run.id,
    workspaceId: run.workspace_id,
    kind: run.kind,
    status: 'queued',
  })
  await hint(tx, workKey)
}
