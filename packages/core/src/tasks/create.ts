import { SluiceError } from '@sluice/contract/errors'
import type { AttachmentId, SessionId, TaskId } from '@sluice/contract/ids'
import type { Task } from '@sluice/contract/task'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import {
  announceTask,
  enqueueTask,
  moveSession,
  moveTask,
  requireSessionRow,
  requireTask,
  requireTaskRow,
  startTaskRun,
  tasks,
} from '../sessions/index.ts'
import { readSettings } from '../settings/index.ts'
import { cancelTask } from './cancel.ts'
import { requireAction } from './require-action.ts'
import { decisionTopic } from './signals.ts'

/** Gives a session a further prompt; it waits its turn. @throws SluiceError not_found, wrong_state (the session ended) */
export function createTask(
  deps: CoreDeps,
  scope: Scope,
  input: { sessionId: SessionId; prompt: string; attachmentIds?: AttachmentId[] | undefined },
): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const session = await requireSessionRow(tx, scope, input.sessionId, 'update')
    if (session.status === 'completed')
      throw new SluiceError(
        'wrong_state',
        'This session is completed. Start a new one on the repository.',
      )
    if (session.status === 'failed' || session.status === 'abandoned') {
      await moveSession(deps, tx, scope, session.id, {
        from: ['failed', 'abandoned'],
        to: 'active',
      })
    }
    const { maxFixRounds } = await readSettings(tx, scope)
    const row = await enqueueTask(deps, tx, scope, session, {
      prompt: input.prompt,
      attachmentIds: input.attachmentIds,
      maxRounds: maxFixRounds,
    })
    await recordAudit(tx, scope, {
      action: 'task.created',
      subjectType: 'task',
      subjectId: row.id,
      details: { session: session.id },
    })
    return requireTask(tx, scope, row.id)
  })
}

/** Changes the prompt or the place of a task that was not begun. @throws SluiceError not_found, wrong_state */
export function updateQueuedTask(
  deps: CoreDeps,
  scope: Scope,
  input: { taskId: TaskId; prompt?: string | undefined; position?: number | undefined },
): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireTask(tx, scope, input.taskId)
    await requireSessionRow(tx, scope, task.sessionId, 'update')
    const waiting = await tx
      .select({ id: tasks.id })
      .from(tasks)
      .where(
        and(
          eq(tasks.workspaceId, scope.workspaceId),
          eq(tasks.sessionId, task.sessionId),
          eq(tasks.status, 'pending'),
          isNull(tasks.runId),
        ),
      )
      .orderBy(asc(tasks.position), asc(tasks.number))
    if (!waiting.some(({ id }) => id === task.id)) {
      throw new SluiceError(
        'wrong_state',
        `Task ${task.number} was begun already; its place and prompt stand.`,
        { details: { status: task.status } },
      )
    }
    if (input.prompt !== undefined) {
      await tx
        .update(tasks)
        .set({ prompt: input.prompt })
        .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, task.id)))
    }
    if (input.position !== undefined) {
      const order = waiting.map(({ id }) => id).filter((id) => id !== task.id)
      order.splice(input.position, 0, task.id)
      for (const [index, id] of order.entries()) {
        // Above every position that was given out, so that places of begun tasks stay below.
        await tx
          .update(tasks)
          .set({ position: 1_000_000 + index })
          .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, id)))
      }
    }
    // Whoever watches the queue reads it again.
    await announceTask(deps, tx, scope, await requireTaskRow(tx, scope, task.id))
    return requireTask(tx, scope, task.id)
  })
}

/** Runs the same prompt again as a new task; one that still stands in the way is cancelled. @throws SluiceError not_found, wrong_state */
export async function retryTask(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  const task = await deps.db.scoped(scope, (tx) => requireAction(tx, scope, taskId, 'retry'))
  if (task.actions.cancel) await cancelTask(deps, scope, taskId)
  return createTask(deps, scope, {
    sessionId: task.sessionId,
    prompt: task.prompt,
    attachmentIds: task.attachments.map(({ id }) => id),
  })
}

/** Goes on with a task that was interrupted or failed. @throws SluiceError not_found, wrong_state */
export function continueTask(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'continue')
    const session = await requireSessionRow(tx, scope, task.sessionId, 'update')
    if (session.status === 'completed')
      throw new SluiceError(
        'wrong_state',
        'This session is completed and its files are gone. Start a new one.',
      )
    if (session.status !== 'active' && session.status !== 'provisioning') {
      await moveSession(deps, tx, scope, session.id, {
        from: ['failed', 'abandoned', 'paused'],
        to: 'active',
      })
    }
    const moved = await moveTask(deps, tx, scope, taskId, {
      from: [task.status],
      to: 'pre_flight',
      detail: 'Going on',
      set: { failure: null, holdsFiles: false },
    })
    if (moved === undefined)
      throw new SluiceError('conflict', 'The task changed at the same moment. Look again.')
    if (task.status === 'interrupted' && task.runId !== null) {
      await deps.engine.signal(tx, scope, task.runId, decisionTopic, { kind: 'continue' })
    } else {
      await startTaskRun(deps, tx, scope, taskId, 'continue')
    }
    return requireTask(tx, scope, taskId)
  })
}
