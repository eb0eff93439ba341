import { statfs } from 'node:fs/promises'
import { SluiceError } from '@sluice/contract/errors'
import type { StepContext } from '@sluice/engine/types'
import { isGitError } from '@sluice/git/errors'
import { readHeadNames } from '@sluice/git/in-place'
import { locate, type Located } from '@sluice/git/locate'
import { readOperation } from '@sluice/git/status'
import { and, eq } from 'drizzle-orm'
import type { PromptImage } from '@sluice/agents/agent'
import { readAttachment, requireAttachments, textType } from '../../attachments/index.ts'
import { openProvider } from '../../providers/index.ts'
import { requireRepository } from '../../repositories/index.ts'
import { checkSandbox } from '../../sandboxes/index.ts'
import {
  moveSession,
  requireSessionRow,
  requireTaskRow,
  sessions,
  tasks,
  type SessionRow,
  type TaskEntry,
} from '../../sessions/index.ts'
import { readSettings } from '../../settings/index.ts'
import { TaskFailed } from './task-failed.ts'
import { advance, shadowOf, type Plan, type TaskRun } from './task-run-context.ts'

const neededBytes = 200 * 1024 * 1024

/**
 * Looks whether the task can be done at all, before anything is touched: repository there
 * and not in the middle of a merge, room on disk, sandbox and provider present.
 * @throws TaskFailed with the reason
 */
export async function preFlight(task: TaskRun, entry: TaskEntry, step: StepContext): Promise<Plan> {
  const { signal } = step
  if (entry === 'start')
    await advance(task, step, {
      from: ['pending', 'pre_flight'],
      to: 'pre_flight',
      detail: 'Checking repository, sandbox and model',
    })
  const facts = await readFacts(task)
  const { session, row, repository, settings, attachments } = facts
  await Promise.all([requireRoom(task), requireSandbox(task, session.sandboxProvider, signal)])
  const located = await requireRepositoryReady(repository.path, session.mode, signal)
  const known = {
    sessionId: session.id,
    repositoryId: repository.id,
    repositoryPath: repository.path,
  }
  const shadow = await shadowOf(task, known, signal, located)
  const baseCommit =
    row.baseCommit ??
    session.headCommit ??
    (await shadow.resolveCommit(baseRevision(session), { signal }))
  const baseTree = await shadow.resolveTree(baseCommit, { signal })
  const given = await readGiven(task, attachments)
  const plan: Plan = {
    ...known,
    mode: session.mode,
    branch: session.branch,
    baseBranch: session.baseBranch,
    sandboxProvider: session.sandboxProvider,
    providerId: session.providerId,
    modelId: session.modelId,
    prompt: [session.carriedContext ?? [], row.prompt, ...given.texts].flat().join('\n\n'),
    images: given.images,
    baseCommit,
    baseTree,
    startTree: row.startTree ?? (entry === 'start' ? session.restoredTree : null),
    maxRounds: row.maxRounds,
    settings,
  }
  await writePlan(task, plan)
  return plan
}

/** What was given along with the prompt: texts to stand in it, images to be looked at. */
async function readGiven(
  { deps, scope }: TaskRun,
  attachments: Awaited<ReturnType<typeof requireAttachments>>,
): Promise<{ texts: string[]; images: PromptImage[] }> {
  const texts: string[] = []
  const images: PromptImage[] = []
  for (const { id, name, contentType } of attachments) {
    if (contentType === textType) {
      const { bytes } = await readAttachment(deps, scope, id)
      texts.push(`Attached file ${name}:\n\n${new TextDecoder().decode(bytes)}`)
    } else images.push({ id, name, mediaType: contentType })
  }
  return { texts, images }
}

function readFacts(task: TaskRun) {
  const { deps, scope, taskId } = task
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireTaskRow(tx, scope, taskId)
    const session = await requireSessionRow(tx, scope, row.sessionId)
    const repository = await requireRepository(tx, scope, row.repositoryId)
    try {
      await openProvider(deps, tx, scope, session.providerId)
    } catch (cause) {
      if (cause instanceof SluiceError && cause.code === 'not_found') {
        throw new TaskFailed(
          'provider_unavailable',
          "The session's model provider was removed. Choose another one in the session's details.",
          { cause },
        )
      }
      throw cause
    }
    const attachments = await requireAttachments(tx, scope, row.attachmentIds)
    return { row, session, repository, settings: await readSettings(tx, scope), attachments }
  })
}

// In full, or a tag of the same name would win and a leading dash would be refused.
const baseRevision = ({ mode, baseBranch }: SessionRow): string =>
  mode === 'in_place' || baseBranch === 'HEAD' ? 'HEAD' : `refs/heads/${baseBranch}`

async function requireRoom(task: TaskRun): Promise<void> {
  const { bavail, bsize } = await statfs(task.deps.folders.root)
  if (bavail * bsize >= neededBytes) return
  const left = Math.round((bavail * bsize) / 1_000_000)
  throw new TaskFailed(
    'no_disk_room',
    `Only ${left} MB are free where Sluice keeps its data (${task.deps.folders.root}). Make room, then continue.`,
  )
}

async function requireRepositoryReady(
  path: string,
  mode: Plan['mode'],
  signal: AbortSignal,
): Promise<Located> {
  // Not the whole status: that looks at every file, and nothing here depends on them.
  const options = { signal, timeoutMs: 60_000 }
  const status = await readPlace(path, options).catch((cause: unknown) => {
    if (isGitError(cause) && cause.code !== 'aborted')
      throw new TaskFailed(
        'repository_missing',
        `${path} cannot be read as a git repository: ${cause.message}`,
        { cause },
      )
    throw cause
  })
  if (status.head === null)
    throw new TaskFailed(
      'no_commit',
      'The repository has no commit yet. Make a first one, then continue.',
    )
  if (status.operation !== 'none') {
    throw new TaskFailed(
      'repository_busy',
      `A ${status.operation} is in progress in ${path}. Finish or abort it, then continue.`,
    )
  }
  if (mode === 'in_place' && status.headRef === null) {
    throw new TaskFailed(
      'repository_busy',
      'HEAD is detached, so an in-place commit would belong to no branch. Check out a branch, then continue.',
    )
  }
  return status.located
}

async function readPlace(path: string, options: { signal: AbortSignal; timeoutMs: number }) {
  const located = await locate(path, options)
  const [operation, names] = await Promise.all([
    readOperation(located),
    readHeadNames(located, options),
  ])
  return { located, operation, ...names }
}

async function requireSandbox(
  task: TaskRun,
  name: Plan['sandboxProvider'],
  signal: AbortSignal,
): Promise<void> {
  const check = await checkSandbox(task.deps.sandboxes[name], signal)
  if (!check.available)
    throw new TaskFailed('sandbox_unavailable', `${check.reason} ${check.remedy}`)
}

function writePlan(task: TaskRun, plan: Plan): Promise<void> {
  const { deps, scope, taskId } = task
  return deps.db.scoped(scope, async (tx) => {
    const session = await requireSessionRow(tx, scope, plan.sessionId, 'update')
    await tx
      .update(tasks)
      .set({
        baseCommit: plan.baseCommit,
        baseTree: plan.baseTree,
        startTree: plan.startTree,
      })
      .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
    await tx
      .update(sessions)
      .set({
        baseCommit: session.baseCommit ?? plan.baseCommit,
        headCommit: session.headCommit ?? plan.baseCommit,
        // Taken over by this task; whoever went back again meanwhile meant the next one.
        restoredTree: session.restoredTree === plan.startTree ? null : session.restoredTree,
      })
      .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, plan.sessionId)))
    await moveSession(deps, tx, scope, plan.sessionId, { from: ['provisioning'], to: 'active' })
  })
}
