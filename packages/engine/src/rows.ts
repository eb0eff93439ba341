import type { RunId, WorkspaceId } from '@sluice/contract/ids'
import type { RunStatus } from '@sluice/contract/run'
import type { RunFailure, RunRow, StepRow } from './types.ts'

/** A row of `runs` as raw `execute` gives it: times and bigints as text. */
export interface StoredRun extends Record<string, unknown> {
  id: RunId
  workspace_id: WorkspaceId
  kind: string
  subject_type: string | null
  subject_id: string | null
  status: RunStatus
  start_mode: 'direct' | 'queue'
  input: unknown
  output: unknown
  error_code: string | null
  error_message: string | null
  error_position: number | null
  priority: number
  resuming: boolean
  worker_id: string | null
  epoch: number
  crashes: number
  cancel_reason: string | null
  waiting_on: string | null
  logged: number
  timeout_ms: string | null
  budget_ms: string | null
  deadline_at: string | null
  forked_from: RunId | null
  launch_at: number | null
  created_at: string
  started_at: string | null
  ended_at: string | null
  forgotten_at: string | null
}

export interface StoredStep extends Record<string, unknown> {
  position: number
  function_id: number | null
  kind: 'step' | 'wait'
  name: string
  attempt: number
  status: StepRow['status']
  error_code: string | null
  error_message: string | null
  deadline_at: string | null
  started_at: string
  ended_at: string | null
}

export const finalStatuses = [
  'completed',
  'failed',
  'cancelled',
  'dead',
] as const satisfies RunStatus[]
export const isFinal = (status: RunStatus): boolean =>
  (finalStatuses as readonly RunStatus[]).includes(status)

/** Postgres writes a time as `2026-11-20 12:00:00.5+00`. */
export const toDate = (text: string): Date =>
  new Date(`${text.replace(' ', 'T')}:00`.replace(/(\+\d\d:\d\d):00$/, '$1'))
const toDateOrNull = (text: string | null): Date | null => (text === null ? null : toDate(text))
const toFailure = (code: string | null, message: string | null): RunFailure | null =>
  code === null ? null : { code, message: message ?? '' }

export const toRunRow = (row: StoredRun): RunRow => ({
  id: row.id,
  workspaceId: row.workspace_id,
  kind: row.kind,
  subjectType: row.subject_type,
  subjectId: row.subject_id,
  status: row.status,
  input: row.input,
  output: row.output,
  error: toFailure(row.error_code, row.error_message),
  priority: row.priority,
  forkedFrom: row.forked_from,
  workerId: row.worker_id,
  waitingOn: row.waiting_on,
  cancelReason: row.cancel_reason,
  createdAt: toDate(row.created_at),
  startedAt: toDateOrNull(row.started_at),
  endedAt: toDateOrNull(row.ended_at),
})

export const toStepRow = (row: StoredStep): StepRow => ({
  position: row.position,
  name: row.name,
  kind: row.kind,
  attempt: row.attempt,
  status: row.status,
  startedAt: toDate(row.started_at),
  endedAt: toDateOrNull(row.ended_at),
  error: toFailure(row.error_code, row.error_message),
})
