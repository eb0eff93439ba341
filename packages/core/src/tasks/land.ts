import { TaskId } from '@sluice/contract/ids'
import type { Landing, Task, TaskActions } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import type { RunDefinition } from '@sluice/engine/types'
import { isGitError } from '@sluice/git/errors'
import { mergeIntoBase, publishCommit, pushBranch, revertCommit } from '@sluice/git/publish'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { recordAudit } from '../audit/index.ts'
import { systemScope, type CoreDeps, type Scope } from '../platform/index.ts'
import {
  openRepositoryShadow,
  refreshRepository,
  requireRepository,
} from '../repositories/index.ts'
import {
  requireSessionRow,
  requireTask,
  requireTaskRow,
  sessions,
  tasks,
  type SessionRow,
  type TaskRow,
} from '../sessions/index.ts'
import { requireAction } from './require-action.ts'
import { findHolderOfBranch } from './run/claim-checkout.ts'

/** The run that carries a commit further: into its base branch, to a remote, or back out again. */
const landingKind = 'task.land'

const LandingInput = z.object({
  taskId: TaskId,
  verb: z.enum(['merge', 'push', 'revert']),
  remote: z.string().optional(),
  at: z.string(),
  /** Where the branch stood when a revert was asked for: done again after a crash, it makes the same commit. */
  onto: z.string().optional(),
})
type LandingInput = z.infer<typeof LandingInput>
type LandingRequest = Pick<LandingInput, 'verb' | 'remote' | 'onto'>

/** Starts a landing in the caller's transaction. */
export async function startLanding(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  request: LandingRequest,
): Promise<void> {
  const input: LandingInput = { ...request, taskId, at: deps.clock.now().toISOString() }
  await deps.engine.start(tx, scope, {
    kind: landingKind,
    input,
    subject: { type: 'task', id: taskId },
  })
  if (request.verb === 'push')
    await setLanding(tx, scope, taskId, { pushState: 'pushing', landingProblem: null })
}

/** Merges, pushes or reverts a task's commit. @throws SluiceError not_found, wrong_state */
export function landTask(
  deps: CoreDeps,
  scope: Scope,
  taskId: TaskId,
  request: LandingRequest,
): Promise<Task> {
  return deps.db.scoped(scope, async (tx) => {
    const task = await requireAction(tx, scope, taskId, request.verb satisfies keyof TaskActions)
    const { publishedCommit } = await requireSessionRow(tx, scope, task.sessionId)
    await startLanding(deps, tx, scope, taskId, {
      ...request,
      ...(publishedCommit === null ? {} : { onto: publishedCommit }),
    })
    await recordAudit(tx, scope, {
      action: `task.${request.verb}`,
      subjectType: 'task',
      subjectId: taskId,
      details: {},
    })
    return requireTask(tx, scope, taskId)
  })
}

export function landingRun(deps: CoreDeps): RunDefinition<LandingInput, null> {
  return {
    kind: landingKind,
    input: LandingInput,
    start: 'direct',
    timeoutMs: 30 * 60_000,
    async execute(run, input) {
      const scope = systemScope(run.workspaceId)
      await run.step(input.verb, async ({ signal, assertLive }) => {
        const facts = await readFacts(deps, scope, input.taskId)
        await assertLive()
        const outcome = await land(deps, scope, facts, input, signal).catch((error: unknown) => {
          if (!isGitError(error) || error.code === 'aborted') throw error
          return failure(
            input.verb,
            `${error.message}${error.stderr === '' ? '' : ` Git said: ${error.stderr.slice(0, 500)}`}`,
          )
        })
        await deps.db.scoped(scope, (tx) => setLanding(tx, scope, input.taskId, outcome))
        await refreshRepository(deps, scope, facts.repository.id, signal)
        return null
      })
      return null
    },
    async onEnded(tx, { workspaceId, input, error }) {
      if (input !== undefined)
        await setLanding(
          tx,
          systemScope(workspaceId),
          input.taskId,
          failure(input.verb, error.message),
        )
    },
  }
}

type Outcome = Partial<Pick<TaskRow, 'mergeState' | 'pushState' | 'landingProblem'>> & {
  revert?: { commit: string; session: SessionRow }
}

const failure = (verb: LandingInput['verb'], problem: string): Outcome => ({
  landingProblem: problem,
  ...(verb === 'merge' ? { mergeState: 'failed' } : verb === 'push' ? { pushState: 'failed' } : {}),
})

function readFacts(deps: CoreDeps, scope: Scope, taskId: TaskId) {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireTaskRow(tx, scope, taskId)
    const session = await requireSessionRow(tx, scope, row.sessionId)
    return { row, session, repository: await requireRepository(tx, scope, row.repositoryId) }
  })
}

/** A task that works in place on the branch that is to move: its files would change under its agent. */
function holderOfTarget(
  deps: CoreDeps,
  scope: Scope,
  { session, repository }: Awaited<ReturnType<typeof readFacts>>,
  verb: LandingInput['verb'],
): Promise<string | undefined> {
  if (verb === 'push') return Promise.resolve(undefined)
  const branch = verb === 'merge' ? session.baseBranch : session.branch
  return deps.db.scoped(scope, (tx) => findHolderOfBranch(tx, scope, repository.id, branch))
}

async function land(
  deps: CoreDeps,
  scope: Scope,
  facts: Awaited<ReturnType<typeof readFacts>>,
  input: LandingInput,
  signal: AbortSignal,
): Promise<Outcome> {
  const holder = await holderOfTarget(deps, scope, facts, input.verb)
  if (holder !== undefined)
    return failure(
      input.verb,
      `${holder} works in the checkout that would have to follow. Decide or cancel that one, then try again.`,
    )
  const { row, session, repository } = facts
  const options = { signal, timeoutMs: 10 * 60_000 }
  const repositoryPath = repository.path
  const author = row.decision?.author
  if (row.commitSha === null || author === undefined)
    throw new Error(`Task ${row.id} has no commit to land`)
  const at = new Date(input.at)
  switch (input.verb) {
    case 'push':
      await pushBranch({
        repositoryPath,
        branch: session.branch,
        remote: input.remote,
        setUpstream: true,
        ...options,
      })
      return { pushState: 'pushed', landingProblem: null }
    case 'merge': {
      const shadow = await openRepositoryShadow(deps, repository, signal)
      await mergeIntoBase({
        shadow,
        base: session.baseBranch,
        commit: row.commitSha,
        strategy: 'auto',
        author,
        at,
        ...options,
      })
      return { mergeState: 'merged', landingProblem: null }
    }
    case 'revert': {
      const shadow = await openRepositoryShadow(deps, repository, signal)
      const onto = input.onto ?? row.commitSha
      const reverted = await revertCommit({
        shadow,
        commit: row.commitSha,
        onto,
        author,
        at,
        ...options,
      })
      if (reverted.commit === undefined)
        return failure(
          'revert',
          `Later changes touch the same lines: ${reverted.conflicts.paths.slice(0, 10).join(', ')}.`,
        )
      await publishCommit({
        shadow,
        commit: reverted.commit,
        branch: session.branch,
        expectedOld: onto,
        ...options,
      })
      return { landingProblem: null, revert: { commit: reverted.commit, session } }
    }
  }
}

async function setLanding(
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  { revert, ...set }: Outcome,
): Promise<void> {
  if (await isKnown(tx, scope, taskId, { revert, ...set })) return
  if (revert !== undefined)
    await tx
      .update(sessions)
      .set({ headCommit: revert.commit, publishedCommit: revert.commit })
      .where(and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, revert.session.id)))
  const [row] = await tx
    .update(tasks)
    .set(set)
    .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
    .returning()
  if (row === undefined) return
  const landing: Landing = {
    merge: row.mergeState,
    push: row.pushState,
    problem: row.landingProblem,
  }
  if (revert !== undefined) {
    const text = `Reverted by ${revert.commit.slice(0, 10)} on ${revert.session.branch}.`
    append(tx, scope, `session:${row.sessionId}`, [
      { type: 'notice', payload: { level: 'info', text } },
    ])
  }
  append(tx, scope, `session:${row.sessionId}`, [
    { type: 'landing.changed', payload: { taskId, landing } },
  ])
}

/** A success that stands already was told before a crash; a failure is told each time. */
async function isKnown(
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  { revert, mergeState, pushState, landingProblem }: Outcome,
): Promise<boolean> {
  if (landingProblem !== null) return false
  const row = await requireTaskRow(tx, scope, taskId)
  const { publishedCommit } = await requireSessionRow(tx, scope, row.sessionId)
  return (
    row.landingProblem === null &&
    (mergeState === undefined || mergeState === row.mergeState) &&
    (pushState === undefined || pushState === row.pushState) &&
    (revert === undefined || revert.commit === publishedCommit)
  )
}
