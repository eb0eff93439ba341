import { sql } from 'drizzle-orm'
import type { Tx } from '@sluice/db/database'
import { fenced, requireOwned } from './records.ts'
import type { LiveRun } from './live-run.ts'
import { appendChanged, hint, runKey, workKey } from './notify.ts'

export interface WaitState {
  /** A signal is there, or the time is up. */
  ready: boolean
  /** Until the wait gives up; undefined when it never does. */
  remainingMs: number | undefined
}

/** Notes that the run waits at this position; the time limit counts from the first call. @throws RunFenced */
export async function beginWait(
  tx: Tx,
  live: LiveRun,
  position: number,
  topic: string,
  timeoutMs: number | undefined,
): Promise<WaitState> {
  await requireOwned(tx, live)
  await tx.execute(sql`
    insert into run_steps as step (workspace_id, run_id, position, kind, name, attempt, status, deadline_at)
    values (${live.workspaceId}, ${live.id}, ${position}, 'wait', ${waitName(topic)}, 1, 'running',
      now() + ${timeoutMs ?? null}::bigint * interval '1 millisecond')
    on conflict (run_id, position) do update set status = 'running', kind = 'wait', name = excluded.name,
      deadline_at = coalesce(step.deadline_at, excluded.deadline_at), ended_at = null`)
  return await readWait(tx, live, position, topic)
}

export async function readWait(
  tx: Tx,
  live: LiveRun,
  position: number,
  topic: string,
): Promise<WaitState> {
  const { rows } = await tx.execute<{ signalled: boolean; remaining_ms: number | null }>(sql`
    select
      exists (select 1 from run_signals where run_id = ${live.id} and topic = ${topic} and (taken_by is null or taken_by = ${position})) as signalled,
      (select (extract(epoch from deadline_at - clock_timestamp()) * 1000)::double precision from run_steps
        where run_id = ${live.id} and position = ${position}) as remaining_ms`)
  const { signalled = false, remaining_ms: remainingMs = null } = rows[0] ?? {}
  return {
    ready: signalled || (remainingMs !== null && remainingMs <= 0),
    remainingMs: remainingMs ?? undefined,
  }
}

/** Gives the run's slot back and stops its clock until the wait is over. @throws RunFenced */
export async function park(tx: Tx, live: LiveRun, topic: string): Promise<void> {
  const { rows } = await tx.execute<{ was: string }>(sql`
    update runs set status = 'waiting', waiting_on = ${topic}, resuming = false, deadline_at = null,
      budget_ms = case when deadline_at is null then budget_ms
        else greatest(0, (extract(epoch from deadline_at - clock_timestamp()) * 1000)::bigint) end
    where id = ${live.id} and epoch = ${live.epoch} and status in ('running', 'queued')
    returning status as was`)
  if (rows.length === 0) {
    // Waiting already: a taken-over run comes here again.
    await requireOwned(tx, live)
    return
  }
  appendChanged(tx, {
    id: live.id,
    workspaceId: live.workspaceId,
    kind: live.kind,
    status: 'waiting',
  })
  await hint(tx, workKey, runKey(live.id))
}

/**
 * Asks to go on after a wait: a direct run does so at once, a queued one stands in line for a slot.
 * @returns the state it is in now, and what is left of its time
 * @throws RunFenced
 */
export async function unpark(
  tx: Tx,
  live: LiveRun,
): Promise<{ running: boolean; remainingMs: number | undefined }> {
  const isDirect = live.startMode === 'direct'
  const { rows } = await tx.execute(sql`
    update runs set status = ${isDirect ? 'running' : 'queued'}, waiting_on = null, resuming = ${!isDirect}, queued_at = clock_timestamp(),
      deadline_at = case when ${isDirect} then clock_timestamp() + budget_ms * interval '1 millisecond' end,
      budget_ms = case when ${isDirect} then null else budget_ms end
    where id = ${live.id} and epoch = ${live.epoch} and (status = 'waiting' or (status = 'queued' and not resuming))
    returning id`)
  if (rows.length > 0) {
    const status = isDirect ? 'running' : 'queued'
    appendChanged(tx, { id: live.id, workspaceId: live.workspaceId, kind: live.kind, status })
    await hint(tx, workKey, runKey(live.id))
  }
  return await readSlot(tx, live)
}

/** Whether the run has its slot. @throws RunFenced */
export async function readSlot(
  tx: Tx,
  live: LiveRun,
): Promise<{ running: boolean; remainingMs: number | undefined }> {
  const { rows } = await tx.execute<{ status: string; remaining_ms: number | null }>(sql`
    select status, (extract(epoch from deadline_at - clock_timestamp()) * 1000)::double precision as remaining_ms
    from runs where id = ${live.id} and epoch = ${live.epoch}`)
  const row = rows[0]
  if (!row) throw fenced(live.id)
  return { running: row.status === 'running', remainingMs: row.remaining_ms ?? undefined }
}

export type Taken = { signal: unknown } | { timedOut: true }

/** Takes the oldest signal of the topic for this position; the same one again when asked again. @throws RunFenced */
export async function takeSignal(
  tx: Tx,
  live: LiveRun,
  position: number,
  topic: string,
  functionId: number | null,
): Promise<Taken> {
  await requireOwned(tx, live)
  await tx.execute(
    sql`update run_steps set function_id = ${functionId} where run_id = ${live.id} and position = ${position}`,
  )
  const { rows } = await tx.execute<{ payload: unknown }>(sql`
    update run_signals set taken_by = ${position}
    where id = (
      select id from run_signals where run_id = ${live.id} and topic = ${topic} and (taken_by is null or taken_by = ${position})
      order by taken_by nulls last, id limit 1 for update)
    returning payload`)
  return rows[0] ? { signal: rows[0].payload } : { timedOut: true }
}

export const waitName = (topic: string): string => `wait:${topic}`
