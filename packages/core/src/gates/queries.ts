import { notFound } from '@sluice/contract/errors'
import type { Gate, GateResult } from '@sluice/contract/gate'
import type { GateId, GateResultId, RepositoryId, TaskId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import { and, asc, desc, eq, inArray } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { gateResults, gates, type GateResultRow, type GateRow } from './tables.ts'

export function toGate(row: GateRow): Gate {
  const {
    id,
    repositoryId,
    name,
    command,
    timeoutSeconds,
    isBlocking,
    isEnabled,
    position,
    foundFrom,
  } = row
  return {
    id,
    repositoryId,
    name,
    command,
    timeoutSeconds,
    isBlocking,
    isEnabled,
    position,
    foundFrom,
  }
}

export function toGateResult(row: GateResultRow): GateResult {
  return {
    id: row.id,
    gateId: row.gateId,
    taskId: row.taskId,
    name: row.name,
    command: row.command,
    isBlocking: row.isBlocking,
    status: row.status,
    round: row.round,
    treeId: row.treeId,
    exitCode: row.exitCode,
    durationMs: row.durationMs,
    outputBytes: row.outputBytes,
    outputTail: row.outputTail,
    problem: row.problem,
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

export function listGateRows(tx: Tx, scope: Scope, repositoryId: RepositoryId): Promise<GateRow[]> {
  return tx
    .select()
    .from(gates)
    .where(and(eq(gates.workspaceId, scope.workspaceId), eq(gates.repositoryId, repositoryId)))
    .orderBy(asc(gates.position), asc(gates.id))
}

/** @throws SluiceError not_found */
export async function requireGateRow(tx: Tx, scope: Scope, gateId: GateId): Promise<GateRow> {
  const [row] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.workspaceId, scope.workspaceId), eq(gates.id, gateId)))
  if (row === undefined) throw notFound('gate', gateId)
  return row
}

/** @throws SluiceError not_found */
export async function requireGateResultRow(
  tx: Tx,
  scope: Scope,
  id: GateResultId,
): Promise<GateResultRow> {
  const [row] = await tx
    .select()
    .from(gateResults)
    .where(and(eq(gateResults.workspaceId, scope.workspaceId), eq(gateResults.id, id)))
  if (row === undefined) throw notFound('gate result', id)
  return row
}

/** A result whose gate has ended; undefined while it waits or runs. @throws SluiceError not_found */
export async function findEndedResult(
  deps: Pick<CoreDeps, 'db'>,
  scope: Scope,
  id: GateResultId,
): Promise<GateResult | undefined> {
  const row = await deps.db.scoped(scope, (tx) => requireGateResultRow(tx, scope, id))
  return row.endedAt === null ? undefined : toGateResult(row)
}

/** Every result of a task, oldest round first. */
export async function listGateResults(tx: Tx, scope: Scope, taskId: TaskId): Promise<GateResult[]> {
  const rows = await tx
    .select()
    .from(gateResults)
    .where(and(eq(gateResults.workspaceId, scope.workspaceId), eq(gateResults.taskId, taskId)))
    .orderBy(asc(gateResults.round), asc(gateResults.position), asc(gateResults.createdAt))
  return rows.map(toGateResult)
}

/** The newest round's results of each task, in gate order. */
export async function listNewestGateResults(
  tx: Tx,
  scope: Scope,
  taskIds: TaskId[],
): Promise<Map<TaskId, GateResult[]>> {
  const byTask = new Map<TaskId, GateResult[]>()
  if (taskIds.length === 0) return byTask
  const rows = await tx
    .select()
    .from(gateResults)
    .where(
      and(eq(gateResults.workspaceId, scope.workspaceId), inArray(gateResults.taskId, taskIds)),
    )
    .orderBy(desc(gateResults.round), asc(gateResults.position))
  for (const row of rows) {
    if (row.taskId === null) continue
    const list = byTask.get(row.taskId) ?? []
    if (list.length > 0 && list[0]!.round !== row.round) continue
    list.push(toGateResult(row))
    byTask.set(row.taskId, list)
  }
  return byTask
}
