import type { GateStatus } from '@sluice/contract/gate'
import type { SessionStatus } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'

export type Tone = 'muted' | 'accent' | 'success' | 'warning' | 'danger'
/** What is drawn; a state can be told by its shape alone. */
export type Shape =
  | 'waiting'
  | 'running'
  | 'ask'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'paused'
  | 'undone'
  | 'late'

export interface Status {
  label: string
  tone: Tone
  shape: Shape
}

export const taskStatuses: Record<TaskStatus, Status> = {
  pending: { label: 'Queued', tone: 'muted', shape: 'waiting' },
  pre_flight: { label: 'Checking', tone: 'accent', shape: 'running' },
  running: { label: 'Running', tone: 'accent', shape: 'running' },
  waiting_qa: { label: 'Waiting for gates', tone: 'muted', shape: 'waiting' },
  qa_running: { label: 'Gates running', tone: 'accent', shape: 'running' },
  qa_failed: { label: 'Gates failed', tone: 'danger', shape: 'failed' },
  waiting_approval: { label: 'Ready to review', tone: 'warning', shape: 'ask' },
  approved: { label: 'Approved', tone: 'accent', shape: 'running' },
  completed: { label: 'Completed', tone: 'success', shape: 'done' },
  rejected: { label: 'Rejected', tone: 'muted', shape: 'undone' },
  cancelled: { label: 'Cancelled', tone: 'muted', shape: 'stopped' },
  interrupted: { label: 'Interrupted', tone: 'warning', shape: 'paused' },
  failed: { label: 'Failed', tone: 'danger', shape: 'failed' },
}

export const sessionStatuses: Record<SessionStatus, Status> = {
  provisioning: { label: 'Preparing', tone: 'accent', shape: 'running' },
  active: { label: 'Active', tone: 'accent', shape: 'waiting' },
  paused: { label: 'Paused', tone: 'muted', shape: 'paused' },
  completed: { label: 'Completed', tone: 'success', shape: 'done' },
  abandoned: { label: 'Abandoned', tone: 'muted', shape: 'stopped' },
  failed: { label: 'Failed', tone: 'danger', shape: 'failed' },
}

export const gateStatuses: Record<GateStatus, Status> = {
  queued: { label: 'Queued', tone: 'muted', shape: 'waiting' },
  running: { label: 'Running', tone: 'accent', shape: 'running' },
  passed: { label: 'Passed', tone: 'success', shape: 'done' },
  failed: { label: 'Failed', tone: 'danger', shape: 'failed' },
  timed_out: { label: 'Timed out', tone: 'danger', shape: 'late' },
  cancelled: { label: 'Cancelled', tone: 'muted', shape: 'stopped' },
  error: { label: 'Could not run', tone: 'danger', shape: 'failed' },
}

/** The one state that a session shows in a list: its newest task's while there is one, else its own. */
export function statusOfSession(session: {
  status: SessionStatus
  task: { status: TaskStatus } | null
}): Status {
  if (session.status !== 'active' || session.task === null) return sessionStatuses[session.status]
  return taskStatuses[session.task.status]
}
