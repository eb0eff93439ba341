import { notFound } from '@sluice/contract/errors'
import type { RepositoryId, SessionId, TaskId } from '@sluice/contract/ids'
import type { Page, PageQuery } from '@sluice/contract/paging'
import {
  taskStatesOfGroup,
  type Checkpoint,
  type Session,
  type SessionGroup,
  type SessionStatus,
} from '@sluice/contract/session'
import type { Task, TaskStatus } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import { and, asc, desc, eq, ilike, inArray, sql } from 'drizzle-orm'
import { decodeCursor, toPage, type CoreDeps, type Scope } from '../platform/index.ts'
import { checkpoints, sessions, tasks, type SessionRow, type TaskRow } from './tables.ts'
import { toSessions, toTasks } from './views.ts'

/**
 * @param lock what the transaction will do with the session or its tasks; whoever writes both locks the session
 * before the tasks, so that no two wait for each other
 * @throws SluiceError not_found
 */
export async function requireSessionRow(
  tx: Tx,
  scope: Scope,
  sessionId: SessionId,
  lock?: 'update' | 'delete',
): Promise<SessionRow> {
  const query = tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionId)))
  // An update must not wait for rows that only name the session, such as usage; a deletion must.
  const [row] = await (lock === undefined
    ? query
    : query.for(lock === 'update' ? 'no key update' : 'update'))
  if (row === undefined) throw notFound('session', sessionId)
  return row
}

/** @throws SluiceError not_found */
export async function requireTaskRow(tx: Tx, scope: Scope, taskId: TaskId): Promise<TaskRow> {
  const [row] = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
  if (row === undefined) throw notFound('task', taskId)
  return row
}

/** @throws SluiceError not_found */
export async function requireTask(tx: Tx, scope: Scope, taskId: TaskId): Promise<Task> {
  const [task] = await toTasks(tx, scope, [await requireTaskRow(tx, scope, taskId)])
  return task!
}

export function getTask(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  return deps.db.scoped(scope, (tx) => requireTask(tx, scope, taskId))
}

/** @throws SluiceError not_found */
export async function requireSession(tx: Tx, scope: Scope, sessionId: SessionId): Promise<Session> {
  const [session] = await toSessions(tx, scope, [await requireSessionRow(tx, scope, sessionId)])
  return session!
}

export function getSession(deps: CoreDeps, scope: Scope, sessionId: SessionId): Promise<Session> {
  return deps.db.scoped(scope, (tx) => requireSession(tx, scope, sessionId))
}

export interface SessionQuery extends PageQuery {
  group?: SessionGroup | undefined
  status?: SessionStatus | undefined
  taskStatus?: TaskStatus | undefined
  repositoryId?: RepositoryId | undefined
  createdBy?: string | undefined
  search?: string | undefined
}

/** State of the task that a session shows: the newest one that was begun, else the first in the queue. */
const shownStatus = sql<TaskStatus>`(
  select t.status from tasks t where t.session_id = ${sessions.id}
  order by t.status = 'pending', case when t.status = 'pending' then t.number else -t.number end limit 1)`

/** As the page groups what it has read (`groupOf`), for filtering what it has not. */
const groupOfSession = sql<SessionGroup>`case
  when ${sessions.status} = 'provisioning' then 'running'
  when ${sessions.status} = 'failed' then 'needs_decision'
  when ${sessions.status} in ('completed', 'abandoned') then 'others'
  when ${inArray(shownStatus, [...taskStatesOfGroup.needs_decision])} then 'needs_decision'
  when ${sessions.status} <> 'paused' and ${inArray(shownStatus, [...taskStatesOfGroup.running])} then 'running'
  else 'others' end`

/** Most recent activity first. */
export function listSessions(
  deps: CoreDeps,
  scope: Scope,
  query: SessionQuery,
): Promise<Page<Session>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.workspaceId, scope.workspaceId),
          query.status && eq(sessions.status, query.status),
          query.group && eq(groupOfSession, query.group),
          query.taskStatus && eq(shownStatus, query.taskStatus),
          query.repositoryId && eq(sessions.repositoryId, query.repositoryId),
          query.createdBy === undefined
            ? undefined
            : sql`${sessions.createdBy}->>'id' = ${query.createdBy}`,
          query.search
            ? ilike(sessions.title, `%${query.search.replace(/[%_\\]/g, '\\$&')}%`)
            : undefined,
          after &&
            sql`(${sessions.lastActivityAt}, ${sessions.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(sessions.lastActivityAt), desc(sessions.id))
      .limit(query.limit + 1)
    const page = toPage(
      rows,
      query.limit,
      (row) => ({ at: row.lastActivityAt, id: row.id }),
      (row) => row,
    )
    return { ...page, items: await toSessions(tx, scope, page.items) }
  })
}

export interface TaskQuery extends PageQuery {
  sessionId?: SessionId | undefined
  status?: TaskStatus | undefined
}

/** Newest first. */
export function listTasks(deps: CoreDeps, scope: Scope, query: TaskQuery): Promise<Page<Task>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.workspaceId, scope.workspaceId),
          query.sessionId && eq(tasks.sessionId, query.sessionId),
          query.status && eq(tasks.status, query.status),
          after &&
            sql`(${tasks.createdAt}, ${tasks.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(tasks.createdAt), desc(tasks.id))
      .limit(query.limit + 1)
    const page = toPage(
      rows,
      query.limit,
      (row) => ({ at: row.createdAt, id: row.id }),
      (row) => row,
    )
    return { ...page, items: await toTasks(tx, scope, page.items) }
  })
}

/** Oldest first. @throws SluiceError not_found */
export function listCheckpoints(
  deps: CoreDeps,
  scope: Scope,
  sessionId: SessionId,
): Promise<Checkpoint[]> {
  return deps.db.scoped(scope, async (tx) => {
    await requireSessionRow(tx, scope, sessionId)
    const rows = await tx
      .select()
      .from(checkpoints)
      .where(
        and(eq(checkpoints.workspaceId, scope.workspaceId), eq(checkpoints.sessionId, sessionId)),
      )
      .orderBy(asc(checkpoints.createdAt), asc(checkpoints.id))
    return rows.map(({ id, taskId, treeId, label, createdAt }) => ({
      id,
      sessionId,
      taskId,
      treeId,
      label,
      createdAt: createdAt.toISOString(),
    }))
  })
}
