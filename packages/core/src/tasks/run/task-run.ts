import { join } from 'node:path'
import { gateFeedback } from '@sluice/agents/gate-feedback'
import type { AgentResult, PromptImage } from '@sluice/agents/agent'
import type { GateResult } from '@sluice/contract/gate'
import { TaskId } from '@sluice/contract/ids'
import { Actor } from '@sluice/contract/people'
import type { TaskFailureCode } from '@sluice/contract/task'
import type { RunDefinition, StepContext } from '@sluice/engine/types'
import type { ModelMessage } from '@sluice/llm/model'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { systemScope, type CoreDeps } from '../../platform/index.ts'
import {
  moveTask,
  requireTaskRow,
  sessions,
  startNextTask,
  taskRunKind,
  tasks,
  type TaskEntry,
} from '../../sessions/index.ts'
import { decisionTopic, Decision } from '../signals.ts'
import { runAgent } from './agent-turn.ts'
import { commitReviewed } from './commit-step.ts'
import { readConversation, type Conversation } from './conversation.ts'
import { endTask } from './end-task.ts'
import { dropCheckout, runGates } from './gate-round.ts'
import { preFlight } from './pre-flight.ts'
import { releaseFiles } from './release-files.ts'
import { openReview } from './review-step.ts'
import { TaskFailed } from './task-failed.ts'
import { advance, type Plan, type TaskRun } from './task-run-context.ts'
import {
  keepCleanTree,
  prepareWorkingTree,
  putBack,
  setTree,
  snapshot,
  type Place,
} from './working-tree.ts'

const TaskRunInput = z.object({
  taskId: TaskId,
  entry: z.enum(['start', 'continue', 'review', 'commit']),
  startedBy: Actor,
})
type TaskRunInput = z.infer<typeof TaskRunInput>

/** Six hours of work, waiting for people not counted; the agent's own limit is far below. */
const runTimeoutMs = 6 * 60 * 60_000

/**
 * The run that carries a task from its prompt to a commit:
 *
 * ```
 * pre-flight → working tree → agent → snapshot ─(nothing changed)→ completed
 *                               ▲        │
 *              feedback, changes│        ▼                    ┌ commit → completed
 *                               └───── gates → review → wait ─┼ changes, gates again
 *                                                             └ reject → files put back
 * ```
 * Everything between steps is a fold over their recorded results.
 */
export function taskRun(deps: CoreDeps): RunDefinition<TaskRunInput, null> {
  return {
    kind: taskRunKind,
    input: TaskRunInput,
    start: 'queue',
    timeoutMs: runTimeoutMs,
    async execute(run, { taskId, entry, startedBy }) {
      const task: TaskRun = { deps, run, taskId, startedBy, scope: systemScope(run.workspaceId) }
      const { plan, conversation } = await run.step('pre-flight', async (step) => ({
        plan: await preFlight(task, entry, step),
        conversation: await readConversation(task),
      }))
      const place = await run.step('prepare working tree', ({ signal }) =>
        prepareWorkingTree(task, plan, entry, signal),
      )
      await new TaskFlow(task, plan, place, conversation).carry(entry)
      return null
    },
    onEnded: (tx, runEnded) => endTask(deps, tx, runEnded),
  }
}

/** What the flow does next: let the agent answer a prompt, run gates on a tree, or wait for a person. */
type Next =
  | { do: 'agent'; prompt: string; images?: PromptImage[] }
  | { do: 'gates'; tree: string }
  | { do: 'wait'; tree: string }
  | { do: 'commit' }
  | { do: 'end' }

class TaskFlow {
  readonly #task: TaskRun
  #plan: Plan
  readonly #place: Place
  readonly #known: Conversation
  #history: ModelMessage[]
  #round: number
  #fixesLeft: number

  constructor(task: TaskRun, plan: Plan, place: Place, known: Conversation) {
    this.#task = task
    this.#plan = plan
    this.#place = place
    this.#known = known
    this.#history = known.history
    this.#round = known.round
    this.#fixesLeft = plan.maxRounds
  }

  async carry(entry: TaskEntry): Promise<void> {
    const { run } = this.#task
    let next: Next = await this.#enter(entry)
    while (next.do !== 'end') {
      if (next.do === 'agent') next = await this.#answer(next.prompt, next.images)
      else if (next.do === 'gates') next = await this.#check(next.tree)
      else if (next.do === 'wait') next = await this.#wait(next.tree)
      else next = await this.#commit()
    }
    await run.step('remove checkout', async ({ signal }) => {
      await dropCheckout(this.#task, signal)
      return null
    })
  }

  async #enter(entry: TaskEntry): Promise<Next> {
    const { tree, hasBegun } = this.#known
    if (entry === 'review' && tree !== null) {
      await this.#task.run.step('bring change back', async ({ signal }) => {
        await setTree(this.#task, this.#plan, this.#place, tree, signal)
        return null
      })
      return { do: 'gates', tree }
    }
    if (entry === 'continue' && hasBegun)
      return { do: 'agent', prompt: 'Go on with the task where you stopped.' }
    return { do: 'agent', prompt: this.#plan.prompt, images: this.#plan.images }
  }

  async #answer(prompt: string, images: PromptImage[] = []): Promise<Next> {
    const { run } = this.#task
    await run.step('begin turn', async (step) => {
      await advance(this.#task, step, {
        from: ['pre_flight', 'running', 'qa_running', 'interrupted'],
        to: 'running',
        detail: 'The agent works',
      })
      return null
    })
    const result = await runAgent(
      this.#task,
      this.#plan,
      this.#place,
      prompt,
      images,
      this.#history,
    )
    this.#history = result.history
    await run.step('keep conversation', () => this.#keepConversation(result))
    if (result.stop.reason === 'stopped')
      return this.#interrupt(result.stop.code, result.stop.message)
    const tree = await run.step('snapshot', ({ signal }) =>
      snapshot(this.#task, this.#plan, this.#place, signal),
    )
    if (tree !== this.#plan.baseTree) return { do: 'gates', tree }
    await run.step('end without a change', ({ signal }) => this.#endUnchanged(signal))
    return { do: 'end' }
  }

  async #keepConversation({ history }: AgentResult): Promise<null> {
    const { deps, scope, taskId } = this.#task
    await deps.db.scoped(scope, async (tx) => {
      // It stands in the conversation now; before, a failure would have lost it for the next task.
      await tx
        .update(sessions)
        .set({ carriedContext: null })
        .where(
          and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, this.#plan.sessionId)),
        )
      await tx
        .update(tasks)
        .set({ history })
        .where(and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId)))
    })
    return null
  }

  /** A limit or the provider stopped the agent: say so, and offer to go on. */
  async #interrupt(code: TaskFailureCode, message: string): Promise<Next> {
    const { run } = this.#task
    await run.step('interrupt', async (step) => {
      await advance(this.#task, step, {
        from: ['running'],
        to: 'interrupted',
        set: { failure: { code, message } },
      })
      return null
    })
    const decision = Decision.parse(await run.wait(decisionTopic))
    return decision.kind === 'continue'
      ? { do: 'agent', prompt: 'Go on with the task where you stopped.' }
      : { do: 'end' }
  }

  async #endUnchanged(signal: AbortSignal): Promise<null> {
    const { deps, scope, taskId } = this.#task
    // Done before a crash: the files may be the next task's by now.
    if (
      (await deps.db.scoped(scope, (tx) => requireTaskRow(tx, scope, taskId))).status ===
      'completed'
    )
      return null
    // The session's own working tree is at its base already; what git ignores in it serves the next task.
    if (this.#place.state !== null) await putBack(this.#task, this.#plan, this.#place.state, signal)
    await deps.db.scoped(scope, async (tx) => {
      await moveTask(deps, tx, scope, taskId, {
        from: ['running'],
        to: 'completed',
        detail: 'Nothing changed',
      })
      if (this.#place.state === null)
        await keepCleanTree(tx, scope, this.#plan, this.#plan.baseTree)
      await startNextTask(deps, tx, scope, this.#plan.sessionId)
    })
    return null
  }

  async #check(tree: string): Promise<Next> {
    this.#round += 1
    const results = await runGates(this.#task, this.#plan, tree, this.#round)
    const failed = results.find(({ isBlocking, status }) => isBlocking && status !== 'passed')
    // A gate that could not run says nothing about the change: that is for a person.
    if (failed !== undefined && failed.status !== 'error' && this.#fixesLeft > 0) {
      this.#fixesLeft -= 1
      return { do: 'agent', prompt: this.#feedback(failed) }
    }
    await this.#task.run.step(`open review of round ${this.#round}`, (step) =>
      openReview(this.#task, this.#plan, tree, results, step),
    )
    return { do: 'wait', tree }
  }

  #feedback({ name, command, exitCode, outputTail }: GateResult): string {
    const root =
      this.#plan.sandboxProvider === 'bubblewrap'
        ? '/workspace'
        : join(this.#task.deps.folders.gates(this.#task.taskId), 'tree')
    return gateFeedback({ name, command, exitCode, output: outputTail, root })
  }

  async #wait(tree: string): Promise<Next> {
    const decision = Decision.parse(await this.#task.run.wait(decisionTopic))
    switch (decision.kind) {
      case 'commit':
        return { do: 'commit' }
      case 'changes':
        this.#fixesLeft = this.#plan.maxRounds
        return { do: 'agent', prompt: decision.prompt }
      case 'gates':
        return { do: 'gates', tree }
      case 'continue':
        return { do: 'wait', tree }
      case 'reject':
        await this.#task.run.step('put files back', ({ signal }) => this.#endRejected(signal))
        return { do: 'end' }
    }
  }

  async #endRejected(signal: AbortSignal): Promise<null> {
    const { deps, scope, taskId } = this.#task
    // Done before a crash: the files may be the next task's by now.
    if (!(await deps.db.scoped(scope, (tx) => requireTaskRow(tx, scope, taskId))).holdsFiles)
      return null
    await putBack(this.#task, this.#plan, this.#place.state, signal)
    await deps.db.scoped(scope, (tx) =>
      releaseFiles(deps, tx, scope, { taskId, sessionId: this.#plan.sessionId }),
    )
    return null
  }

  async #commit(): Promise<Next> {
    const { run } = this.#task
    const outcome = await run.step('commit', async (step) => {
      try {
        return await commitReviewed(this.#task, this.#plan, this.#place, step)
      } catch (error) {
        if (!(error instanceof TaskFailed)) throw error
        const failure = { code: error.code as TaskFailureCode, message: error.message }
        await advance(this.#task, step, {
          from: ['approved'],
          to: 'approved',
          detail: 'Not committed',
          set: { failure },
        })
        return { kind: 'failed' as const }
      }
    })
    if (outcome.kind === 'committed') return { do: 'end' }
    if (outcome.kind === 'failed') {
      const decision = Decision.parse(await run.wait(decisionTopic))
      return decision.kind === 'commit' ? { do: 'commit' } : { do: 'end' }
    }
    const { baseCommit, baseTree, tree } = outcome
    this.#plan = { ...this.#plan, baseCommit, baseTree }
    await run.step('take moved branch in', (step) => this.#rebase(baseCommit, baseTree, tree, step))
    return { do: 'gates', tree }
  }

  /** The branch moved meanwhile: the merged tree stands for review anew. */
  async #rebase(
    baseCommit: string,
    baseTree: string,
    tree: string,
    step: StepContext,
  ): Promise<null> {
    await setTree(this.#task, this.#plan, this.#place, tree, step.signal)
    await advance(this.#task, step, {
      from: ['approved', 'waiting_qa'],
      to: 'waiting_qa',
      detail: 'The branch moved: checking the merged change',
      set: { baseCommit, baseTree, treeId: tree, decision: null },
      events: [
        {
          type: 'notice',
          payload: {
            level: 'warning',
            text: `The branch ${this.#plan.branch} moved meanwhile. The change was merged with it and is checked again.`,
          },
        },
      ],
    })
    await this.#followBranch(baseCommit)
    return null
  }

  async #followBranch(commit: string): Promise<void> {
    const { deps, scope } = this.#task
    await deps.db.scoped(scope, (tx) =>
      tx
        .update(sessions)
        .set({ headCommit: commit, publishedCommit: commit })
        .where(
          and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.id, this.#plan.sessionId)),
        ),
    )
  }
}
