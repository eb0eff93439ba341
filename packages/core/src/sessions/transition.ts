import type { NewEvent } from '@sluice/contract/events'
import type { SessionId, TaskId } from '@sluice/contract/ids'
import type { SessionStatus } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, eq, inArray, ne, notInArray, sql } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { ended } from './task-actions.ts'
import { sessions, tasks, type SessionRow, type TaskRow } from './tables.ts'

export interface TaskTransition {
  from: readonly TaskStatus[]
  to: TaskStatus
  /** What is happening now, in words that a person reads. */
  detail?: string
  set?: Partial<Omit<TaskRow, 'id' | 'workspaceId' | 'status'>>
  /** Further events of the session's stream, before the change itself. */
  events?: NewEvent[]
  /** Names the one who moves it: the same name moves a task once, however often it asks. */
  once?: string
}

/**
 * Moves a task from one of the given states to another, with its events, in one
 * compare-and-set. Locks its session until the transaction ends.
 * @returns the new row, or undefined when the task was in none of the states, or was moved under this name before
 */
export async function moveTask(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  { from, to, detail = '', set = {}, events = [], once }: TaskTransition,
): Promise<TaskRow | undefined> {
  const now = deps.clock.now()
  await lockSessionOf(tx, scope, taskId)
  const [row] = await tx
    .update(tasks)
    .set({
      ...set,
      status: to,
      statusSince: now,
      detail,
      endedAt: ended.includes(to) ? now : null,
      // Ended and nothing left to put back: another task may work in the user's checkout.
      ...(ended.includes(to) && set.holdsFiles !== true ? { checkout: null } : {}),
      ...(once === undefined ? {} : { movedBy: once }),
    })
    .where(
      and(
        eq(tasks.workspaceId, scope.workspaceId),
        eq(tasks.id, taskId),
        inArray(tasks.status, [...from]),
        once === undefined ? undefined : sql`${tasks.movedBy} is distinct from ${once}`,
      ),
    )
    .returning()
  if (row === undefined) return undefined
  await announceTask(deps, tx, scope, row, events)
  return row
}

// A task never moves without its session: locked in this order everywhere, the two cannot be waited for crosswise.
async function lockSessionOf(tx: Tx, scope: Scope, taskId: TaskId): Promise<void> {
  const sessionOfTask = tx
    .select({ id: tasks.sessionId })
    .from(tasks)
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
  await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionOfTask)))
    .for('no key update')
}

/** Tells the session's watchers and the workspace's lists how a task stands. */
export async function announceTask(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  row: TaskRow,
  before: NewEvent[] = [],
): Promise<void> {
  const changed: NewEvent = {
    type: 'task.changed',
    payload: {
      taskId: row.id,
      sessionId: row.sessionId,
      status: row.status,
      detail: row.detail,
      round: row.round,
      failure: row.failure,
    },
  }
  append(tx, scope, `session:${row.sessionId}`, [...before, changed])
  append(tx, scope, `workspace:${scope.workspaceId}`, [changed])
  await tx
    .update(sessions)
    .set({ lastActivityAt: deps.clock.now(), lastActivity: activityOf(row) })
    .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, row.sessionId)))
}

const words: Record<TaskStatus, string> = {
  pending: 'Waits in the queue',
  pre_flight: 'Getting ready',
  running: 'The agent works',
  waiting_qa: 'Gates are about to run',
  qa_running: 'Gates run',
  qa_failed: 'Gates failed',
  waiting_approval: 'Waits for approval',
  approved: 'Approved',
  completed: 'Done',
  rejected: 'Rejected',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  failed: 'Failed',
}

function activityOf(row: TaskRow): string {
  if (row.failure !== null) return row.failure.message.slice(0, 300)
  if (row.status === 'completed')
    return row.commitSha === null
      ? 'Done, nothing changed'
      : `Committed ${row.commitSha.slice(0, 10)}`
  return row.detail === '' ? words[row.status] : row.detail
}

/**
 * Sets only the words that say what a task is doing now; one that has ended does nothing. Said again, as by a step that
 * is executed again after a crash, they are told once.
 */
export async function describeTask(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  detail: string,
): Promise<void> {
  await lockSessionOf(tx, scope, taskId)
  const [row] = await tx
    .update(tasks)
    .set({ detail })
    .where(
      and(
        eq(tasks.workspaceId, scope.workspaceId),
        eq(tasks.id, taskId),
        notInArray(tasks.status, [...ended]),
        ne(tasks.detail, detail),
      ),
    )
    .returning()
  if (row !== undefined) await announceTask(deps, tx, scope, row)
}

export interface SessionTransition {
  from: readonly SessionStatus[]
  to: SessionStatus
  problem?: string | null
  set?: Partial<Omit<SessionRow, 'id' | 'workspaceId' | 'status'>>
}

/** The same for sessions. @returns the new row, or undefined when the session was in none of the states */
export async function moveSession(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  sessionId: SessionId,
  { from, to, problem = null, set = {} }: SessionTransition,
): Promise<SessionRow | undefined> {
  const [row] = await tx
    .update(sessions)
    .set({ ...set, status: to, statusSince: deps.clock.now(), problem })
    .where(
      and(
        eq(sessions.workspaceId, scope.workspaceId),
        eq(sessions.id, sessionId),
        inArray(sessions.status, [...from]),
      ),
    )
    .returning()
  if (row !== undefined) announceSession(tx, scope, row)
  return row
}

export function announceSession(
  tx: Tx,
  scope: Scope,
  row: SessionRow,
  type: 'session.created' | 'session.changed' = 'session.changed',
): void {
  const event: NewEvent = {
    type,
    payload: { sessionId: row.id, status: row.status, title: row.title, problem: row.problem },
  }
  append(tx, scope, `session:${row.id}`, [event])
  append(tx, scope, `workspace:${scope.workspaceId}`, [event])
}
