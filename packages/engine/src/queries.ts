import { sql } from 'drizzle-orm'
import { SluiceError, notFound } from '@sluice/contract/errors'
import type { RunId } from '@sluice/contract/ids'
import type { Page } from '@sluice/contract/paging'
import type { RunStatus } from '@sluice/contract/run'
import type { Tx } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'
import { toDate, toRunRow, toStepRow } from './rows.ts'
import type { StoredRun, StoredStep } from './rows.ts'
import type { RunRow, StepRow } from './types.ts'

type OfWorkspace = Pick<Scope, 'workspaceId'>

export interface ListRuns {
  statuses?: RunStatus[]
  kind?: string
  subject?: { type: string; id: string }
  /** From the page before. */
  cursor?: string
  /** Default 50. */
  limit?: number
}

/** Runs of a workspace, newest first. Inputs and outputs are left out: `input` and `output` are null. @throws SluiceError invalid_input (cursor) */
export async function listRuns(
  tx: Tx,
  scope: OfWorkspace,
  query: ListRuns = {},
): Promise<Page<RunRow>> {
  const limit = query.limit ?? 50
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
  const { rows } = await tx.execute<StoredRun>(sql`
    select r.*, null as input, null as output from runs r
    where workspace_id = ${scope.workspaceId}
      ${query.statuses ? sql`and status = any(${sql.param(query.statuses)}::text[])` : sql``}
      ${query.kind === undefined ? sql`` : sql`and kind = ${query.kind}`}
      ${query.subject ? sql`and subject_type = ${query.subject.type} and subject_id = ${query.subject.id}` : sql``}
      ${after ? sql`and (created_at, id) < (${after.at}::timestamptz, ${after.id})` : sql``}
    order by created_at desc, id desc
    limit ${limit + 1}`)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const nextCursor = rows.length > limit && last ? writeCursor(last.created_at, last.id) : undefined
  return { items: items.map(toRunRow), ...(nextCursor === undefined ? {} : { nextCursor }) }
}

export async function findRun(
  tx: Tx,
  scope: OfWorkspace,
  runId: string,
): Promise<RunRow | undefined> {
  const { rows } = await tx.execute<StoredRun>(
    sql`select * from runs where id = ${runId} and workspace_id = ${scope.workspaceId}`,
  )
  return rows[0] && toRunRow(rows[0])
}

/** @throws SluiceError not_found */
export async function requireRun(tx: Tx, scope: OfWorkspace, runId: string): Promise<RunRow> {
  const run = await findRun(tx, scope, runId)
  if (!run) throw notFound('run', runId)
  return run
}

/** Steps and waits of a run in their order, each with its latest attempt. */
export async function listSteps(tx: Tx, scope: OfWorkspace, runId: string): Promise<StepRow[]> {
  const { rows } = await tx.execute<StoredStep>(
    sql`select * from run_steps where run_id = ${runId} and workspace_id = ${scope.workspaceId} order by position`,
  )
  return rows.map(toStepRow)
}

export interface WorkerRow {
  id: string
  status: 'alive' | 'drained' | 'gone'
  roles: string[]
  version: string
  pid: number
  startedAt: Date
  heartbeatAt: Date
}

/** The installation's workers that take part or left runs behind, oldest first. They belong to no workspace. */
export async function listWorkers(tx: Tx): Promise<WorkerRow[]> {
  const { rows } = await tx.execute<StoredWorker>(
    sql`select * from workers where status <> 'gone' order by started_at, id`,
  )
  return rows.map(({ started_at: startedAt, heartbeat_at: heartbeatAt, ...row }) => ({
    ...row,
    startedAt: toDate(startedAt),
    heartbeatAt: toDate(heartbeatAt),
  }))
}

interface StoredWorker extends Record<string, unknown> {
  id: string
  status: WorkerRow['status']
  roles: string[]
  version: string
  pid: number
  started_at: string
  heartbeat_at: string
}

const cursorPattern = /^([0-9: .+-]{19,40})\|(run_[0-9a-f]{32})$/
const writeCursor = (at: string, id: RunId): string =>
  Buffer.from(`${at}|${id}`).toString('base64url')
function readCursor(cursor: string): { at: string; id: string } {
  const match = cursorPattern.exec(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!match)
    throw new SluiceError('invalid_input', 'The cursor is not one that this list gave out.')
  return { at: match[1]!, id: match[2]! }
}
