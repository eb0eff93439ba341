import { isGitError } from '@sluice/git/errors'
import { commitInPlace, dropWorkingState } from '@sluice/git/in-place'
import { publishCommit } from '@sluice/git/publish'
import { moveWorkspaceHead, openWorkspace } from '@sluice/git/workspace'
import type { Shadow } from '@sluice/git/shadow'
import type { StepContext } from '@sluice/engine/types'
import { and, eq } from 'drizzle-orm'
import {
  moveTask,
  requireSessionRow,
  requireTaskRow,
  sessions,
  type TaskRow,
} from '../../sessions/index.ts'
import { commitMessage } from '../commit-message.ts'
import { startLanding } from '../land.ts'
import { releaseFiles } from './release-files.ts'
import { TaskFailed } from './task-failed.ts'
import { shadowOf, type Plan, type TaskRun } from './task-run-context.ts'
import { keepCleanTree, type Place } from './working-tree.ts'

/** What came of an attempt to commit: done, or the branch moved and a merged tree must be checked first. */
export type CommitOutcome =
  | { kind: 'committed' }
  | { kind: 'moved'; baseCommit: string; baseTree: string; tree: string }

/**
 * Commits exactly the reviewed tree, once: made again after a crash, the commit has the same
 * id and moving the branch to where it is changes nothing.
 * @throws TaskFailed commit_failed, merge_conflict
 */
export async function commitReviewed(
  task: TaskRun,
  plan: Plan,
  place: Place,
  { signal, assertLive }: StepContext,
): Promise<CommitOutcome> {
  const { deps, scope, taskId } = task
  const { row, session } = await deps.db.scoped(scope, async (tx) => {
    const found = await requireTaskRow(tx, scope, taskId)
    return { row: found, session: await requireSessionRow(tx, scope, found.sessionId) }
  })
  if (row.commitSha !== null) return followCommit(task, plan, place, row, row.commitSha, signal)
  const { decision, treeId, baseCommit } = row
  if (decision === null || treeId === null || baseCommit === null)
    throw new Error(`Task ${taskId} has no approved tree`)
  const shadow = await shadowOf(task, plan, signal)
  const commit = await shadow.commitTree({
    tree: treeId,
    parents: [baseCommit],
    message: commitMessage(row.message ?? '', { taskId, modelId: plan.modelId }),
    author: decision.author,
    committer: decision.author,
    at: new Date(decision.at),
    signal,
  })
  await shadow.keep(`tasks/${taskId}/commit`, commit, { signal })
  // From here on the user's repository changes: a worker that lost the run must stop before it.
  await assertLive()
  try {
    if (place.state === null) {
      await publishCommit({
        shadow,
        commit,
        branch: plan.branch,
        expectedOld: session.publishedCommit,
        signal,
        timeoutMs: 120_000,
      })
    } else {
      await commitInPlace({
        shadow,
        workTree: place.workTree,
        state: place.state,
        commit,
        signal,
        timeoutMs: 120_000,
      })
    }
  } catch (error) {
    if (isGitError(error, 'ref_moved') && place.state === null)
      return mergeWithMoved(shadow, row, error.details['actual'], signal)
    if (isGitError(error) && error.code !== 'aborted')
      throw new TaskFailed(
        'commit_failed',
        `${error.message} Nothing was lost: mend that, then commit again.`,
        { cause: error },
      )
    throw error
  }
  await recordCommit(task, plan, row, commit)
  return followCommit(task, plan, place, { holdsFiles: true }, commit, signal)
}

// The branch has commits of someone else: what would be committed now is another tree, which nobody has checked yet.
async function mergeWithMoved(
  shadow: Shadow,
  row: TaskRow,
  actual: unknown,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  if (typeof actual !== 'string')
    throw new TaskFailed(
      'commit_failed',
      'The branch was deleted meanwhile. Commit again to make it anew.',
    )
  const baseTree = await shadow.resolveTree(actual, { signal })
  const merged = await shadow.mergeTrees({
    base: row.baseTree!,
    ours: baseTree,
    theirs: row.treeId!,
    signal,
  })
  if (merged.tree === undefined) {
    throw new TaskFailed(
      'merge_conflict',
      `The branch moved meanwhile and changes the same lines: ${merged.conflicts.paths.slice(0, 10).join(', ')}.`,
    )
  }
  return { kind: 'moved', baseCommit: actual, baseTree, tree: merged.tree }
}

function recordCommit(task: TaskRun, plan: Plan, row: TaskRow, commit: string): Promise<void> {
  const { deps, scope, taskId } = task
  return deps.db.scoped(scope, async (tx) => {
    const moved = await moveTask(deps, tx, scope, taskId, {
      from: ['approved'],
      to: 'completed',
      set: { commitSha: commit, committedAt: deps.clock.now(), failure: null, holdsFiles: true },
      events: [
        {
          type: 'commit.made',
          payload: { taskId, commit, branch: plan.branch, treeId: row.treeId! },
        },
      ],
    })
    if (moved === undefined) return
    await tx
      .update(sessions)
      .set({ headCommit: commit, publishedCommit: commit })
      .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, plan.sessionId)))
    if (row.decision!.then !== 'leave')
      await startLanding(deps, tx, scope, taskId, { verb: row.decision!.then })
  })
}

// What the next task sees as HEAD. The task holds the files until then, so that none begins too early.
async function followCommit(
  task: TaskRun,
  plan: Plan,
  place: Place,
  { holdsFiles }: Pick<TaskRow, 'holdsFiles'>,
  commit: string,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  const { deps, scope, taskId } = task
  if (!holdsFiles) return { kind: 'committed' }
  const shadow = await shadowOf(task, plan, signal)
  let cleanTree: string | undefined
  if (place.state === null) {
    const workspace = await openWorkspace(deps.folders.session(plan.sessionId), { signal })
    const { tree } = await moveWorkspaceHead({ shadow, workspace, commit, signal })
    // It became another tree only where the files were seen to be exactly what was committed.
    if (tree !== workspace.tree) cleanTree = tree
  } else {
    await dropWorkingState({ shadow, state: place.state, signal })
  }
  await deps.db.scoped(scope, async (tx) => {
    if (cleanTree !== undefined) await keepCleanTree(tx, scope, plan, cleanTree)
    await releaseFiles(deps, tx, scope, { taskId, sessionId: plan.sessionId })
  })
  return { kind: 'committed' }
}
