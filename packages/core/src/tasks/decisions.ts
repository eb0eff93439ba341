import { SluiceError } from '@sluice/contract/errors'
import type { TaskId } from '@sluice/contract/ids'
import type { Task } from '@sluice/contract/task'
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { takeDraftComments } from '../review/index.ts'
import {
  moveTask,
  requireSessionRow,
  requireTask,
  sessions,
  startTaskRun,
  tasks,
  underReview,
  type TaskDecision,
} from '../sessions/index.ts'
import { changePrompt } from './change-prompt.ts'
import { requireAction, wrongState } from './require-action.ts'
import { findHolderOfBranch } from './run/claim-checkout.ts'
import { decisionTopic, type Decision } from './signals.ts'

export interface Approval {
  taskId: TaskId
  /** The tree that was looked at. */
  treeId?: string | undefined
  message?: string | undefined
  /** false: commit later, by `commitTask`. */
  commit: boolean
  then: 'leave' | 'merge' | 'push'
  /** Who approves: the author of the commit. */
  author: { name: string; email: string }
}

/**
 * Approves a change; its run then commits exactly the reviewed tree.
 * @throws SluiceError not_found, wrong_state, stale_review (another tree stands for review now)
 */
export function approveTask(deps: CoreDeps, scope: Scope, approval: Approval): Promise<Task> {
  const { taskId } = approval
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'approve')
    if (approval.treeId !== undefined && approval.treeId !== task.change?.treeId) {
      throw new SluiceError(
        'stale_review',
        'The change is no longer the one you looked at. Look at it again, then decide.',
        {
          details: { treeId: task.change?.treeId },
        },
      )
    }
    const decision: TaskDecision = {
      kind: 'approve',
      author: approval.author,
      at: deps.clock.now().toISOString(),
      then: approval.then,
    }
    const message = approval.message ?? task.message
    const row = await moveTask(deps, tx, scope, taskId, {
      from: ['waiting_approval'],
      to: 'approved',
      detail: approval.commit ? 'Committing' : 'Approved, not committed yet',
      set: {
        message,
        decidedBy: scope.actor,
        failure: null,
        decision: approval.commit ? decision : null,
        isMessageEdited: approval.message !== undefined && approval.message !== task.message,
      },
      events: [{ type: 'decision.made', payload: { taskId, decision: 'approved', reason: null } }],
    })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'approve')
    if (approval.commit) await tellRun(deps, scope, tx, task, { kind: 'commit' })
    await recordAudit(tx, scope, {
      action: 'task.approved',
      subjectType: 'task',
      subjectId: taskId,
      details: { treeId: task.change?.treeId },
    })
    return requireTask(tx, scope, taskId)
  })
}

/** Commits an approved task that was held back, or tries again. @throws SluiceError not_found, wrong_state */
export function commitTask(
  deps: CoreDeps,
  scope: Scope,
  input: { taskId: TaskId; author: TaskDecision['author'] },
): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, input.taskId, 'commit')
    const decision: TaskDecision = {
      kind: 'approve',
      author: input.author,
      at: deps.clock.now().toISOString(),
      then: 'leave',
    }
    const row = await moveTask(deps, tx, scope, input.taskId, {
      from: ['approved'],
      to: 'approved',
      detail: 'Committing',
      set: { failure: null, decision },
    })
    if (row === undefined) throw wrongState(task, 'commit')
    await tellRun(deps, scope, tx, task, { kind: 'commit' })
    return requireTask(tx, scope, input.taskId)
  })
}

/** @throws SluiceError not_found, wrong_state */
export function editMessage(
  deps: CoreDeps,
  scope: Scope,
  input: { taskId: TaskId; message: string },
): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, input.taskId, 'editMessage')
    await moveTask(deps, tx, scope, input.taskId, {
      from: [task.status],
      to: task.status,
      detail: task.detail,
      set: { message: input.message, isMessageEdited: true },
    })
    return requireTask(tx, scope, input.taskId)
  })
}

/** Rejects a change: the repository is as before the task, the tree stays a checkpoint. @throws SluiceError not_found, wrong_state */
export function rejectTask(
  deps: CoreDeps,
  scope: Scope,
  input: { taskId: TaskId; reason: string; useAsContext: boolean },
): Promise<Task> {
  const { taskId, reason } = input
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'reject')
    const row = await moveTask(deps, tx, scope, taskId, {
      from: underReview,
      to: 'rejected',
      detail: 'Putting the files back',
      set: { rejectReason: reason, decidedBy: scope.actor, holdsFiles: true },
      events: [{ type: 'decision.made', payload: { taskId, decision: 'rejected', reason } }],
    })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'reject')
    if (input.useAsContext && reason !== '') {
      await tx
        .update(sessions)
        .set({
          carriedContext: `An earlier change to the task "${task.prompt.slice(0, 500)}" was rejected: ${reason}`,
        })
        .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, task.sessionId)))
    }
    await tellRun(deps, scope, tx, task, { kind: 'reject' })
    await recordAudit(tx, scope, {
      action: 'task.rejected',
      subjectType: 'task',
      subjectId: taskId,
      details: { reason },
    })
    return requireTask(tx, scope, taskId)
  })
}

/** Brings a rejected change back to review. @throws SluiceError not_found, wrong_state, conflict (another task works in the checkout) */
export function undoReject(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'undoReject')
    const session = await requireSessionRow(tx, scope, task.sessionId, 'update')
    const holder =
      session.mode === 'in_place'
        ? await findHolderOfBranch(tx, scope, task.repositoryId, session.branch)
        : undefined
    if (holder !== undefined)
      throw new SluiceError(
        'conflict',
        `${holder} works in this checkout. Decide or cancel that one, then bring this change back.`,
      )
    const row = await moveTask(deps, tx, scope, taskId, {
      from: ['rejected'],
      to: 'pre_flight',
      detail: 'Bringing the change back',
      set: { rejectReason: null, decidedBy: null },
      events: [
        { type: 'decision.made', payload: { taskId, decision: 'rejection_undone', reason: null } },
      ],
    })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'undoReject')
    await startTaskRun(deps, tx, scope, taskId, 'review')
    await recordAudit(tx, scope, {
      action: 'task.rejection_undone',
      subjectType: 'task',
      subjectId: taskId,
      details: {},
    })
    return requireTask(tx, scope, taskId)
  })
}

/** Sends the draft comments and a text back to the agent as one prompt. @throws SluiceError not_found, wrong_state, invalid_input */
export function requestChanges(
  deps: CoreDeps,
  scope: Scope,
  input: { taskId: TaskId; text: string },
): Promise<Task> {
  const { taskId } = input
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'requestChanges')
    const comments = await takeDraftComments(tx, scope, taskId)
    if (comments.length === 0 && input.text.trim() === '') {
      throw new SluiceError('invalid_input', 'Say what should change, or comment on lines first.', {
        details: { field: 'text' },
      })
    }
    const row = await moveTask(deps, tx, scope, taskId, {
      from: underReview,
      to: 'running',
      detail: 'The agent works on the requested changes',
      events: [
        {
          type: 'decision.made',
          payload: {
            taskId,
            decision: 'changes_requested',
            reason: changePrompt(input.text, comments).slice(0, 20_000),
          },
        },
      ],
    })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'requestChanges')
    await tellRun(deps, scope, tx, task, {
      kind: 'changes',
      prompt: changePrompt(input.text, comments),
    })
    return requireTask(tx, scope, taskId)
  })
}

/** Runs the gates again on the tree under review. @throws SluiceError not_found, wrong_state */
export function rerunGates(deps: CoreDeps, scope: Scope, taskId: TaskId): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, 'rerunGates')
    const row = await moveTask(deps, tx, scope, taskId, { from: underReview, to: 'waiting_qa' })
    if (row === undefined) throw wrongState(await requireTask(tx, scope, taskId), 'rerunGates')
    await tellRun(deps, scope, tx, task, { kind: 'gates' })
    return requireTask(tx, scope, taskId)
  })
}

async function tellRun(
  deps: CoreDeps,
  scope: Scope,
  tx: Parameters<typeof requireTask>[0],
  task: Pick<Task, 'id' | 'runId'>,
  decision: Decision,
): Promise<void> {
  const [row] = await tx
    .select({ runId: tasks.runId })
    .from(tasks)
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, task.id)))
  if (row?.runId == null) throw new Error(`Task ${task.id} is under review and has no run`)
  await deps.engine.signal(tx, scope, row.runId, decisionTopic, decision)
}
