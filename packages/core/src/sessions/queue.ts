import {
  createId,
  type AttachmentId,
  type RunId,
  type SessionId,
  type TaskId,
} from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, asc, eq, notInArray, or, sql } from 'drizzle-orm'
import { requireAttachments } from '../attachments/index.ts'
import { touchRepository } from '../repositories/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { requireSessionRow } from './queries.ts'
import { ended } from './task-actions.ts'
import { tasks, type SessionRow, type TaskRow } from './tables.ts'

/** The kind of run that carries a task; features above register it. */
export const taskRunKind = 'task'

/** Where a run takes a task up. */
export type TaskEntry = 'start' | 'continue' | 'review' | 'commit'

/**
 * Adds a task at the end of a session's queue and starts it when its turn has come. The
 * caller holds the session's row locked.
 * @throws SluiceError not_found (an attachment)
 */
export async function enqueueTask(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  session: SessionRow,
  input: { prompt: string; attachmentIds?: readonly AttachmentId[] | undefined; maxRounds: number },
): Promise<TaskRow> {
  const attachments = await requireAttachments(tx, scope, [...new Set(input.attachmentIds)])
  const [last] = await tx
    .select({
      number: sql<number>`coalesce(max(${tasks.number}), 0)`,
      position: sql<number>`coalesce(max(${tasks.position}), 0)`,
    })
    .from(tasks)
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.sessionId, session.id)))
  const now = deps.clock.now()
  const [row] = await tx
    .insert(tasks)
    .values({
      id: createId('tsk'),
      workspaceId: scope.workspaceId,
      sessionId: session.id,
      repositoryId: session.repositoryId,
      number: last!.number + 1,
      position: last!.position + 1,
      prompt: input.prompt,
      attachmentIds: attachments.map(({ id }) => id),
      status: 'pending',
      statusSince: now,
      maxRounds: input.maxRounds,
      createdBy: scope.actor,
      createdAt: now,
    })
    .returning()
  const { id: taskId, number } = row!
  const created = {
    type: 'task.created' as const,
    payload: { taskId, sessionId: session.id, number, prompt: input.prompt.slice(0, 20_000) },
  }
  append(tx, scope, `session:${session.id}`, [created])
  append(tx, scope, `workspace:${scope.workspaceId}`, [
    { ...created, payload: { ...created.payload, prompt: input.prompt.slice(0, 200) } },
  ])
  await startNextTask(deps, tx, scope, session.id)
  return row!
}

/**
 * Starts the first waiting task of a session unless one is under way, one that ended still
 * holds the files, or the session is paused. Locks the session's row, so that two ends at once start one task.
 */
export async function startNextTask(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  sessionId: SessionId,
): Promise<void> {
  const session = await requireSessionRow(tx, scope, sessionId, 'update')
  if (session.status !== 'active' && session.status !== 'provisioning') return
  const ofSession = and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.sessionId, sessionId))
  const [busy] = await tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(
        ofSession,
        or(notInArray(tasks.status, ['pending', ...ended]), eq(tasks.holdsFiles, true)),
      ),
    )
    .limit(1)
  // A task that was started waits for its run in the state `pending` too, told apart by its run.
  const waiting = await tx
    .select({ id: tasks.id, runId: tasks.runId })
    .from(tasks)
    .where(and(ofSession, eq(tasks.status, 'pending')))
    .orderBy(asc(tasks.position), asc(tasks.number))
  const next = waiting[0]
  if (busy !== undefined || next === undefined || waiting.some(({ runId }) => runId !== null))
    return
  await startTaskRun(deps, tx, scope, next.id, 'start')
}

/** Starts the run that carries a task, and writes down which one it is. */
export async function startTaskRun(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  entry: TaskEntry,
  startedBy: Actor = scope.actor,
): Promise<RunId> {
  const runId = await deps.engine.start(tx, scope, {
    kind: taskRunKind,
    input: { taskId, entry, startedBy },
    subject: { type: 'task', id: taskId },
  })
  const [row] = await tx
    .update(tasks)
    .set({ runId })
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
    .returning({ repositoryId: tasks.repositoryId })
  await touchRepository(tx, scope, row!.repositoryId, deps.clock.now())
  return runId
}
