import { sql } from 'drizzle-orm'
import { append } from '@sluice/events/log'
import { systemScope } from '@sluice/db/scope'
import type { Scope } from '@sluice/db/scope'
import type { Tx } from '@sluice/db/database'
import type { RunId } from '@sluice/contract/ids'
import type { RunStatus } from '@sluice/contract/run'

/** Where hints between processes go. A payload is a wake-up key; a lost one costs a sweep's delay. */
export const hintChannel = 'sluice_runs'
/** There may be something to start, a slot is free, or a request came. */
export const workKey = 'work'
/** A worker came or went. */
export const workersKey = 'workers'
/** A run is to be cancelled. */
export const cancelKey = (runId: string): string => `cancel:${runId}`
/** A run's row changed: its slot, its state or a signal for it. */
export const runKey = (runId: string): string => `run:${runId}`

/** Sends hints when the transaction commits, and only then. */
export async function hint(tx: Tx, ...keys: string[]): Promise<void> {
  await tx.execute(
    sql`select pg_notify(${hintChannel}, key) from unnest(${sql.param(keys)}::text[]) as key`,
  )
}

export interface ChangedRun {
  id: RunId
  workspaceId: string
  kind: string
  status: RunStatus
}

/** Tells the run's own stream and its workspace's of a new state. */
export function appendChanged(
  tx: Tx,
  run: ChangedRun,
  scope: Scope = systemScope(run.workspaceId),
): void {
  const event = {
    type: 'run.changed',
    payload: { runId: run.id, kind: run.kind, status: run.status },
  } as const
  append(tx, scope, `run:${run.id}`, [event])
  append(tx, scope, `workspace:${run.workspaceId}`, [event])
}
