import type { NewEvent } from '@sluice/contract/events'
import { createId } from '@sluice/contract/ids'
import type { GateResult } from '@sluice/contract/gate'
import type { ReviewedChange } from '@sluice/contract/task'
import { draftCommitMessage } from '@sluice/agents/commit-message'
import { usageEvent } from '@sluice/agents/usage-event'
import { isLocalProvider } from '@sluice/llm/provider-config'
import { openModel } from '@sluice/llm/providers'
import type { StepContext } from '@sluice/engine/types'
import type { ChangedFile } from '@sluice/git/types'
import { findTouchedGates, listGateRows } from '../../gates/index.ts'
import { openProvider } from '../../providers/index.ts'
import {
  checkpoints,
  requireSessionRow,
  requireTaskRow,
  titleOf,
  type TaskTransition,
} from '../../sessions/index.ts'
import { recordUsage, refuseByBudget } from '../../usage/index.ts'
import { advance, shadowOf, type Plan, type TaskRun } from './task-run-context.ts'

const excerptFiles = 20
const excerptBytes = 8_000

/** What stands for review: counts, and where the change touches what a gate runs. */
async function summariseChange(
  { deps, scope }: TaskRun,
  plan: Plan,
  tree: string,
  files: readonly ChangedFile[],
): Promise<ReviewedChange> {
  const gates = await deps.db.scoped(scope, (tx) => listGateRows(tx, scope, plan.repositoryId))
  const paths = files.flatMap(({ path, oldPath }) => (oldPath === null ? [path] : [path, oldPath]))
  const sum = (key: 'additions' | 'deletions') =>
    files.reduce((total, file) => total + file[key], 0)
  return {
    baseCommit: plan.baseCommit,
    treeId: tree,
    files: files.length,
    additions: sum('additions'),
    deletions: sum('deletions'),
    touchesGates: findTouchedGates(
      gates.filter(({ isEnabled }) => isEnabled),
      paths,
    ).slice(0, 100),
  }
}

interface Draft {
  message: string
  /** What the model that wrote it used. */
  usage: NewEvent[]
}

/** Drafts the commit message once; one that a person edited stays. */
async function draftMessage(
  task: TaskRun,
  plan: Plan,
  tree: string,
  files: readonly ChangedFile[],
  signal: AbortSignal,
): Promise<Draft> {
  const { deps, scope, taskId } = task
  const { row, session, provider } = await deps.db.scoped(scope, async (tx) => ({
    row: await requireTaskRow(tx, scope, taskId),
    session: await requireSessionRow(tx, scope, plan.sessionId),
    provider: await openProvider(deps, tx, scope, plan.providerId),
  }))
  if (row.isMessageEdited && row.message !== null) return { message: row.message, usage: [] }
  // A recording holds no request for a message, and a spent budget pays for none; the prompt says enough.
  const model =
    provider.config.kind === 'recording' || (await refuseByBudget(deps, scope)) !== undefined
      ? undefined
      : openModel(provider.config, plan.modelId)
  const startedAt = performance.now()
  const drafted = await draftCommitMessage({
    model,
    prompt: row.prompt,
    // Only a title that someone wrote says more than the prompt, and only of the task it was written for.
    title: row.number === 1 && session.title !== titleOf(row.prompt) ? session.title : undefined,
    diffStat: files
      .map(({ path, additions, deletions }) => `${path} +${additions} -${deletions}`)
      .join('\n'),
    patchExcerpt: model === undefined ? '' : await excerptOf(task, plan, tree, files, signal),
    signal,
  })
  const { message, usage } = drafted
  const { inputTokens, outputTokens } = usage
  if (inputTokens + outputTokens === 0) return { message, usage: [] }
  const added = usageEvent(taskId, {
    modelId: plan.modelId,
    isLocal: isLocalProvider(provider.config),
    usage,
    durationMs: Math.round(performance.now() - startedAt),
  })
  return { message, usage: [added] }
}

async function excerptOf(
  task: TaskRun,
  plan: Plan,
  tree: string,
  files: readonly ChangedFile[],
  signal: AbortSignal,
): Promise<string> {
  const shadow = await shadowOf(task, plan, signal)
  const parts: string[] = []
  for (const { path, isBinary } of files.slice(0, excerptFiles)) {
    if (isBinary) continue
    const { patch } = await shadow.filePatch(plan.baseTree, tree, path, {
      maxBytes: excerptBytes,
      signal,
    })
    parts.push(`--- ${path}\n${patch}`)
  }
  return parts.join('\n')
}

/** Puts the change before a person: approved gates wait for approval, failed ones for another decision. */
export async function openReview(
  task: TaskRun,
  plan: Plan,
  tree: string,
  gates: GateResult[],
  step: StepContext,
): Promise<null> {
  const { deps, scope, taskId } = task
  const { signal } = step
  const shadow = await shadowOf(task, plan, signal)
  const files = await shadow.changedFiles(plan.baseTree, tree, { signal, timeoutMs: 120_000 })
  const change = await summariseChange(task, plan, tree, files)
  const { message, usage } = await draftMessage(task, plan, tree, files, signal)
  const failed = gates.filter(({ isBlocking, status }) => isBlocking && status !== 'passed')
  const { number, round } = await deps.db.scoped(scope, (tx) => requireTaskRow(tx, scope, taskId))
  const checkpointId = createId('chk')
  const label = `Task ${number}, ${round === 0 ? 'first change' : `round ${round + 1}`}`
  const checkpoint = {
    id: checkpointId,
    workspaceId: scope.workspaceId,
    sessionId: plan.sessionId,
    taskId,
    treeId: tree,
    label,
    createdAt: deps.clock.now(),
  }
  const review: TaskTransition = {
    from: ['pre_flight', 'running', 'waiting_qa', 'qa_running', 'approved'],
    to: failed.length === 0 ? 'waiting_approval' : 'qa_failed',
    detail: failed.length === 0 ? '' : `${failed.map(({ name }) => name).join(', ')} failed`,
    set: { treeId: tree, change, message, decision: null },
    events: [
      ...usage,
      { type: 'checkpoint.made', payload: { taskId, checkpointId, treeId: tree, label } },
    ],
  }
  await advance(task, step, review, async (tx) => {
    await tx.insert(checkpoints).values(checkpoint)
    await recordUsage(deps, tx, scope, taskId, usage)
  })
  return null
}
