import {
  createId,
  type GateResultId,
  type RepositoryId,
  type RunId,
  type TaskId,
} from '@sluice/contract/ids'
import { and, asc, eq } from 'drizzle-orm'
import type { Tx } from '@sluice/db/database'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { listGateRows } from './queries.ts'
import { gateResults, type GateRow } from './tables.ts'

export interface PlannedGate {
  resultId: GateResultId
  name: string
  command: string
  timeoutSeconds: number
  isBlocking: boolean
}

export interface GateRound {
  repositoryId: RepositoryId
  taskId: TaskId | null
  runId: RunId
  round: number
  treeId: string
}

/**
 * Writes down which gates a round will run, as results that wait. Planning a round again
 * (after a crash) gives the same results.
 */
export async function planGateRound(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  round: GateRound,
): Promise<PlannedGate[]> {
  const rows = (await listGateRows(tx, scope, round.repositoryId)).filter(
    ({ isEnabled }) => isEnabled,
  )
  const existing =
    round.taskId === null
      ? []
      : await tx
          .select()
          .from(gateResults)
          .where(
            and(
              eq(gateResults.workspaceId, scope.workspaceId),
              eq(gateResults.taskId, round.taskId),
              eq(gateResults.round, round.round),
            ),
          )
          .orderBy(asc(gateResults.position))
  if (existing.length > 0) {
    const timeouts = new Map(rows.map(({ id, timeoutSeconds }) => [id, timeoutSeconds]))
    return existing.map(({ id, gateId, name, command, isBlocking }) => ({
      resultId: id,
      name,
      command,
      isBlocking,
      timeoutSeconds: (gateId && timeouts.get(gateId)) ?? 600,
    }))
  }
  return insertResults(deps, tx, scope, round, rows)
}

/** Writes down results that wait, one a gate, in order. */
export async function insertResults(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  round: GateRound,
  rows: GateRow[],
): Promise<PlannedGate[]> {
  const planned = rows.map(({ id, name, command, timeoutSeconds, isBlocking }, position) => ({
    gateId: id,
    position,
    resultId: createId('grs'),
    name,
    command,
    timeoutSeconds,
    isBlocking,
  }))
  if (planned.length > 0) {
    await tx.insert(gateResults).values(
      planned.map(({ resultId, gateId, position, name, command, isBlocking }) => ({
        id: resultId,
        workspaceId: scope.workspaceId,
        repositoryId: round.repositoryId,
        gateId,
        taskId: round.taskId,
        runId: round.runId,
        name,
        command,
        isBlocking,
        status: 'queued' as const,
        round: round.round,
        position,
        treeId: round.treeId,
        createdAt: deps.clock.now(),
      })),
    )
  }
  return planned.map(({ resultId, name, command, timeoutSeconds, isBlocking }) => ({
    resultId,
    name,
    command,
    timeoutSeconds,
    isBlocking,
  }))
}
