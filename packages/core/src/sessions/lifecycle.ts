import { SluiceError } from '@sluice/contract/errors'
import type { CheckpointId, ProviderId, SessionId } from '@sluice/contract/ids'
import type { Session } from '@sluice/contract/session'
import type { Tx } from '@sluice/db/database'
import { and, eq, notInArray, or } from 'drizzle-orm'
import { append } from '@sluice/events/log'
import { recordAudit } from '../audit/index.ts'
import { notFound } from '@sluice/contract/errors'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { chooseProvider } from '../providers/index.ts'
import { requireRepository } from '../repositories/index.ts'
import { requireSession, requireSessionRow } from './queries.ts'
import { startNextTask } from './queue.ts'
import { checkpoints, sessions, tasks, type SessionRow } from './tables.ts'
import { ended } from './task-actions.ts'
import { announceSession, moveSession } from './transition.ts'

/** The run that removes a session's working tree and what else it keeps on disk. */
export const sessionCleanupKind = 'session.cleanup'

/** Keeps the queue from starting the next task; the one under way goes on. @throws SluiceError not_found, wrong_state */
export function pauseSession(deps: CoreDeps, scope: Scope, sessionId: SessionId): Promise<Session> {
  return deps.db.scoped(scope, async (tx) => {
    const moved = await moveSession(deps, tx, scope, sessionId, {
      from: ['active', 'provisioning'],
      to: 'paused',
    })
    if (moved === undefined) throw await wrongState(tx, scope, sessionId, 'paused')
    return requireSession(tx, scope, sessionId)
  })
}

/** Lets the queue go on. @throws SluiceError not_found, wrong_state */
export function resumeSession(
  deps: CoreDeps,
  scope: Scope,
  sessionId: SessionId,
): Promise<Session> {
  return deps.db.scoped(scope, async (tx) => {
    const moved = await moveSession(deps, tx, scope, sessionId, {
      from: ['paused', 'failed', 'abandoned'],
      to: 'active',
    })
    if (moved === undefined) throw await wrongState(tx, scope, sessionId, 'resumed')
    await startNextTask(deps, tx, scope, sessionId)
    return requireSession(tx, scope, sessionId)
  })
}

/** Ends a session; commits and their branch stay. @throws SluiceError not_found, wrong_state (a task is under way) */
export function completeSession(
  deps: CoreDeps,
  scope: Scope,
  sessionId: SessionId,
): Promise<Session> {
  return deps.db.scoped(scope, async (tx) => {
    await requireIdle(
      tx,
      scope,
      await requireSessionRow(tx, scope, sessionId, 'update'),
      'complete it',
    )
    const moved = await moveSession(deps, tx, scope, sessionId, {
      from: ['provisioning', 'active', 'paused', 'failed', 'abandoned'],
      to: 'completed',
    })
    if (moved === undefined) throw await wrongState(tx, scope, sessionId, 'completed')
    await deps.engine.start(tx, scope, {
      kind: sessionCleanupKind,
      input: { sessionId },
      subject: { type: 'session', id: sessionId },
    })
    await recordAudit(tx, scope, {
      action: 'session.completed',
      subjectType: 'session',
      subjectId: sessionId,
      details: {},
    })
    return requireSession(tx, scope, sessionId)
  })
}

/** Deletes a session with its history; commits stay. @throws SluiceError not_found, wrong_state (a task is under way) */
export function removeSession(deps: CoreDeps, scope: Scope, sessionId: SessionId): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireSessionRow(tx, scope, sessionId, 'delete')
    await requireIdle(tx, scope, row, 'delete it')
    announceSession(tx, scope, { ...row, status: 'completed' })
    await deps.engine.start(tx, scope, {
      kind: sessionCleanupKind,
      input: { sessionId },
      subject: { type: 'session', id: sessionId },
    })
    await tx
      .delete(sessions)
      .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionId)))
    await recordAudit(tx, scope, {
      action: 'session.removed',
      subjectType: 'session',
      subjectId: sessionId,
      details: { title: row.title },
    })
  })
}

export interface SessionChange {
  title?: string | undefined
  providerId?: ProviderId | undefined
  modelId?: string | undefined
}

/** Changes the title, or which model answers from the next task on. @throws SluiceError not_found, provider_unavailable */
export function updateSession(
  deps: CoreDeps,
  scope: Scope,
  sessionId: SessionId,
  change: SessionChange,
): Promise<Session> {
  return deps.db.scoped(scope, async (tx) => {
    const before = await requireSessionRow(tx, scope, sessionId)
    const set: Partial<SessionRow> = {}
    if (change.title !== undefined) set.title = change.title
    if (change.providerId !== undefined || change.modelId !== undefined) {
      const { isSample } = await requireRepository(tx, scope, before.repositoryId)
      const providerId = change.providerId ?? before.providerId
      const chosen = await chooseProvider(deps, tx, scope, {
        providerId,
        modelId: change.modelId,
        isSample,
      })
      Object.assign(set, {
        providerId,
        modelId: chosen.modelId,
        isRecorded: chosen.provider.kind === 'recording',
      })
    }
    if (Object.keys(set).length > 0) {
      const [row] = await tx
        .update(sessions)
        .set(set)
        .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionId)))
        .returning()
      announceSession(tx, scope, row!)
    }
    return requireSession(tx, scope, sessionId)
  })
}

/**
 * Lets the session's next task begin from a checkpoint instead of from its base. Nothing is at
 * work on the files then, so the files themselves are set when that task begins.
 * @throws SluiceError not_found, wrong_state (a task is under way)
 */
export function restoreCheckpoint(
  deps: CoreDeps,
  scope: Scope,
  sessionId: SessionId,
  checkpointId: CheckpointId,
): Promise<Session> {
  return deps.db.scoped(scope, async (tx) => {
    const session = await requireSessionRow(tx, scope, sessionId, 'update')
    await requireIdle(tx, scope, session, 'go back')
    if (session.mode === 'in_place')
      throw new SluiceError('wrong_state', 'In place the files are your own: go back with git.')
    const [checkpoint] = await tx
      .select()
      .from(checkpoints)
      .where(
        and(
          eq(checkpoints.workspaceId, scope.workspaceId),
          eq(checkpoints.sessionId, sessionId),
          eq(checkpoints.id, checkpointId),
        ),
      )
    if (checkpoint === undefined) throw notFound('checkpoint', checkpointId)
    const { treeId, label } = checkpoint
    const told = `The files were put back to an earlier state (${label}); what was done to them after it is gone.`
    await tx
      .update(sessions)
      .set({
        restoredTree: treeId,
        carriedContext: [session.carriedContext, told].filter((text) => text !== null).join('\n\n'),
      })
      .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionId)))
    const text = `The next task begins from: ${label}.`
    append(tx, scope, `session:${sessionId}`, [
      { type: 'notice', payload: { level: 'info', text } },
    ])
    await recordAudit(tx, scope, {
      action: 'session.restored',
      subjectType: 'session',
      subjectId: sessionId,
      details: { treeId, label },
    })
    return requireSession(tx, scope, sessionId)
  })
}

async function requireIdle(tx: Tx, scope: Scope, session: SessionRow, verb: string): Promise<void> {
  const [busy] = await tx
    .select({ number: tasks.number, status: tasks.status, holdsFiles: tasks.holdsFiles })
    .from(tasks)
    .where(
      and(
        eq(tasks.workspaceId, scope.workspaceId),
        eq(tasks.sessionId, session.id),
        or(notInArray(tasks.status, [...ended]), eq(tasks.holdsFiles, true)),
      ),
    )
    .limit(1)
  if (busy === undefined) return
  if (busy.status !== 'failed' && ended.includes(busy.status)) {
    throw new SluiceError(
      'wrong_state',
      `The files of task ${busy.number} are still being put back. Wait a moment, then ${verb}.`,
    )
  }
  throw new SluiceError(
    'wrong_state',
    `Task ${busy.number} of this session is still ${busy.status.replaceAll('_', ' ')}. Decide or cancel it, then ${verb}.`,
  )
}

async function wrongState(
  tx: Tx,
  scope: Scope,
  sessionId: SessionId,
  verb: string,
): Promise<SluiceError> {
  const { status } = await requireSessionRow(tx, scope, sessionId)
  return new SluiceError('wrong_state', `The session is ${status} and cannot be ${verb}.`, {
    details: { status },
  })
}
