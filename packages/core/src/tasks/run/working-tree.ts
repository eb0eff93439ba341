import { join } from 'node:path'
import { applyInPlace } from '@sluice/git/apply-in-place'
import {
  agentTree,
  captureWorkingState,
  restoreWorkingState,
  type WorkingState,
} from '@sluice/git/in-place'
import { isGitError } from '@sluice/git/errors'
import type { Tx } from '@sluice/db/database'
import type { Shadow } from '@sluice/git/shadow'
import {
  createWorkspace,
  openWorkspace,
  removeWorkspace,
  resetWorkspace,
} from '@sluice/git/workspace'
import { and, eq } from 'drizzle-orm'
import { sessions, tasks, type TaskEntry } from '../../sessions/index.ts'
import type { Scope } from '../../platform/index.ts'
import { claimCheckout } from './claim-checkout.ts'
import { TaskFailed } from './task-failed.ts'
import { shadowOf, type Plan, type TaskRun } from './task-run-context.ts'

const maxIgnoredBytes = 500 * 1024 * 1024
const treeTimeoutMs = 15 * 60_000

/** Where a task's files lie. Recorded; opening it again is cheap and safe. */
export interface Place {
  workTree: string
  /** Git folders that commands may look at. */
  readOnlyPaths: string[]
  /** The user's own state before an in-place task. */
  state: WorkingState | null
}

/**
 * Makes the working tree that the agent works in: a session's own one, or the user's
 * checkout after recording everything in it. A task that starts afresh starts from the base, or
 * from the checkpoint that a person went back to: what an earlier one left undecided is cleared away.
 */
export async function prepareWorkingTree(
  task: TaskRun,
  plan: Plan,
  entry: TaskEntry,
  signal: AbortSignal,
): Promise<Place> {
  const shadow = await shadowOf(task, plan, signal)
  if (plan.mode === 'in_place') return prepareInPlace(task, plan, shadow, entry, signal)
  const path = task.deps.folders.session(plan.sessionId)
  const options = { signal, timeoutMs: treeTimeoutMs }
  const create = async () => {
    // Nothing, half of one, or one whose files are gone (a lost mount): the base is still there to begin from.
    await removeWorkspace(path, options)
    return createWorkspace({
      shadow,
      path,
      commit: plan.baseCommit,
      tree: plan.baseTree,
      branch: plan.branch,
      ...options,
    })
  }
  const earlier = await openWorkspace(path, options).catch((error: unknown) => {
    if (isGitError(error, 'workspace_lost')) return undefined
    throw error
  })
  let workspace = earlier ?? (await create())
  const startTree = plan.startTree ?? plan.baseTree
  const cleanTree = await takeCleanTree(task, plan)
  if (earlier !== undefined && entry === 'start' && cleanTree !== plan.baseTree) {
    const { tree } = await shadow.snapshotTree({
      workTree: workspace.workTree,
      indexFile: workspace.indexFile,
      ...options,
    })
    if (tree !== plan.baseTree && tree !== startTree) workspace = await create()
  }
  if (entry === 'start' && startTree !== plan.baseTree)
    await resetWorkspace({ shadow, workspace, tree: startTree, ...options })
  return { workTree: workspace.workTree, readOnlyPaths: [...workspace.readOnlyBinds], state: null }
}

/** What the files were at when the last task let go of them. From here on this one may change them, also if it crashes. */
function takeCleanTree({ deps, scope }: TaskRun, { sessionId }: Plan): Promise<string | null> {
  const ofSession = and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, sessionId))
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .select({ cleanTree: sessions.cleanTree })
      .from(sessions)
      .where(ofSession)
      .for('no key update')
    await tx.update(sessions).set({ cleanTree: null }).where(ofSession)
    return row?.cleanTree ?? null
  })
}

/** Says that the session's files are at exactly this tree, and that nothing changes them before the next task. */
export async function keepCleanTree(tx: Tx, scope: Scope, plan: Plan, tree: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ cleanTree: tree })
    .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, plan.sessionId)))
}

async function prepareInPlace(
  task: TaskRun,
  plan: Plan,
  shadow: Shadow,
  entry: TaskEntry,
  signal: AbortSignal,
): Promise<Place> {
  const { deps, scope, taskId } = task
  await claimCheckout(task, plan.repositoryPath)
  const [known] = await deps.db.scoped(scope, (tx) =>
    tx
      .select({ state: tasks.workingState })
      .from(tasks)
      .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId))),
  )
  // Recorded once: after the agent has begun, what lies there is no longer the user's own. After a rejection it is again.
  const isOwn = entry === 'review' || known?.state == null
  const state =
    (isOwn ? undefined : known.state) ??
    (await captureWorkingState({
      shadow,
      workTree: plan.repositoryPath,
      maxIgnoredBytes,
      signal,
      timeoutMs: treeTimeoutMs,
    }))
  await deps.db.scoped(scope, (tx) =>
    tx
      .update(tasks)
      .set({ workingState: state })
      .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId))),
  )
  // Once more, now that the row names it: until then a clean-up could take it for one that nobody needs.
  await shadow.keep(`states/${state.id}`, state.id, { signal })
  return {
    workTree: plan.repositoryPath,
    readOnlyPaths: [join(plan.repositoryPath, '.git')],
    state,
  }
}

/** The tree of the files as they are now: what would be reviewed, checked and committed. @throws TaskFailed overlaps_user_edits */
export async function snapshot(
  task: TaskRun,
  plan: Plan,
  place: Place,
  signal: AbortSignal,
): Promise<string> {
  const shadow = await shadowOf(task, plan, signal)
  if (place.state === null) {
    const { indexFile } = await openWorkspace(task.deps.folders.session(plan.sessionId), { signal })
    const { tree } = await shadow.snapshotTree({
      workTree: place.workTree,
      indexFile,
      signal,
      timeoutMs: treeTimeoutMs,
    })
    await shadow.keep(`tasks/${task.taskId}/${tree}`, tree, { signal })
    return tree
  }
  const result = await agentTree({
    shadow,
    workTree: place.workTree,
    state: place.state,
    signal,
    timeoutMs: treeTimeoutMs,
  })
  if (result.tree === undefined) {
    const paths = result.overlap.paths.slice(0, 10).join(', ')
    throw new TaskFailed(
      'overlaps_user_edits',
      `The agent changed lines that you have edited and not committed yet: ${paths}. Cancel to have your files back, commit your edits, and retry.`,
    )
  }
  await shadow.keep(`tasks/${task.taskId}/${result.tree}`, result.tree, { signal })
  return result.tree
}

/** Puts the files of a session, or of the user's checkout, back to what they were before the task. */
export async function putBack(
  task: TaskRun,
  plan: Pick<Plan, 'sessionId' | 'repositoryId' | 'repositoryPath' | 'mode' | 'baseTree'>,
  state: WorkingState | null,
  signal: AbortSignal,
): Promise<void> {
  if (plan.mode === 'in_place') {
    if (state === null) return
    const shadow = await shadowOf(task, plan, signal)
    await restoreWorkingState({
      shadow,
      workTree: plan.repositoryPath,
      state,
      signal,
      timeoutMs: treeTimeoutMs,
    })
    return
  }
  await removeWorkspace(task.deps.folders.session(plan.sessionId), {
    signal,
    timeoutMs: treeTimeoutMs,
  })
}

/** Brings a change that was kept back into the files. @throws TaskFailed overlaps_user_edits, merge_conflict */
export async function setTree(
  task: TaskRun,
  plan: Plan,
  { state }: Place,
  tree: string,
  signal: AbortSignal,
): Promise<void> {
  const shadow = await shadowOf(task, plan, signal)
  if (state !== null) {
    if (state.head !== plan.baseCommit)
      throw new TaskFailed(
        'merge_conflict',
        'The branch moved since the change was rejected, so it no longer fits. Retry the task instead.',
      )
    const conflicts = await applyInPlace({
      shadow,
      workTree: plan.repositoryPath,
      state,
      base: plan.baseTree,
      tree,
      signal,
      timeoutMs: treeTimeoutMs,
    })
    if (conflicts === undefined) return
    throw new TaskFailed(
      'overlaps_user_edits',
      `You have edited what the change touches: ${conflicts.paths.slice(0, 10).join(', ')}. Commit your edits, then retry.`,
    )
  }
  const workspace = await openWorkspace(task.deps.folders.session(plan.sessionId), { signal })
  await resetWorkspace({ shadow, workspace, tree, signal, timeoutMs: treeTimeoutMs })
}
