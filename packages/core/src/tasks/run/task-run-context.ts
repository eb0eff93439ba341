import type { ProviderId, RepositoryId, SessionId, TaskId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { SandboxProviderName } from '@sluice/contract/repository'
import type { WorkspaceMode } from '@sluice/contract/session'
import type { WorkspaceSettings } from '@sluice/contract/settings'
import type { Tx } from '@sluice/db/database'
import type { RunContext, StepContext } from '@sluice/engine/types'
import type { PromptImage } from '@sluice/agents/agent'
import type { Located } from '@sluice/git/locate'
import { openShadow, type Shadow } from '@sluice/git/shadow'
import { throughOutage, type CoreDeps, type Scope } from '../../platform/index.ts'
import {
  describeTask,
  moveTask,
  requireTaskRow,
  type TaskTransition,
} from '../../sessions/index.ts'
import { TaskMovedOn } from './task-failed.ts'

/** What a task's steps are given: the run, and in whose name events are written. */
export interface TaskRun {
  deps: CoreDeps
  run: RunContext
  scope: Scope
  taskId: TaskId
  startedBy: Actor
}

/** What pre-flight found out; recorded, so every later step of the run sees the same. */
export interface Plan {
  sessionId: SessionId
  repositoryId: RepositoryId
  repositoryPath: string
  mode: WorkspaceMode
  branch: string
  baseBranch: string
  sandboxProvider: SandboxProviderName
  providerId: ProviderId
  modelId: string
  prompt: string
  /** Given along with the prompt; texts stand in it already. */
  images: PromptImage[]
  baseCommit: string
  baseTree: string
  /** The checkpoint that the task begins from; null begins from the base. */
  startTree: string | null
  maxRounds: number
  settings: WorkspaceSettings
}

/**
 * Moves the task, or stops the run where someone else moved it first (it was cancelled). A
 * step that is executed again after a crash finds its move made and makes it no second time,
 * also where a person moved the task on since.
 * @param alongside rows that belong to the move, written in its transaction
 */
export async function advance(
  task: TaskRun,
  step: Pick<StepContext, 'signal' | 'idempotencyKey'>,
  transition: TaskTransition,
  alongside?: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  const { deps, scope, taskId } = task
  const once = `${step.idempotencyKey}:${transition.to}`
  await throughOutage(deps, step.signal, () =>
    deps.db.scoped(scope, async (tx) => {
      const moved = await moveTask(deps, tx, scope, taskId, { ...transition, once })
      if (moved !== undefined) return void (await alongside?.(tx))
      const { movedBy } = await requireTaskRow(tx, scope, taskId)
      if (movedBy !== once) throw new TaskMovedOn(taskId, transition.to)
    }),
  )
}

/** Says what is happening now. */
export function describe(task: TaskRun, detail: string): Promise<void> {
  return task.deps.db.scoped(task.scope, (tx) =>
    describeTask(task.deps, tx, task.scope, task.taskId, detail),
  )
}

/** How long an opened shadow is believed: steps follow each other quickly, waits for people are long. */
const shadowFreshMs = 10_000
const openedShadows = new WeakMap<TaskRun, { shadow: Shadow; at: number }>()

/**
 * Our bare repository beside the user's one. Opening it asks git where the user's lies and how
 * it is set up, which is not repeated within a few seconds of the same run.
 * @param located where the user's repository was found to lie just now
 */
export async function shadowOf(
  task: TaskRun,
  plan: Pick<Plan, 'repositoryId' | 'repositoryPath'>,
  signal: AbortSignal,
  located?: Located,
): Promise<Shadow> {
  const opened = openedShadows.get(task)
  if (opened !== undefined && performance.now() - opened.at < shadowFreshMs) return opened.shadow
  const shadow = await openShadow({
    shadowPath: task.deps.folders.shadow(plan.repositoryId),
    repositoryPath: plan.repositoryPath,
    ...(located === undefined ? {} : { located }),
    signal,
    timeoutMs: 60_000,
  })
  openedShadows.set(task, { shadow, at: performance.now() })
  return shadow
}
