import { SluiceError } from '@sluice/contract/errors'
import type { GateResult } from '@sluice/contract/gate'
import { checkoutTree, removeWorkspace } from '@sluice/git/workspace'
import { isSandboxError } from '@sluice/sandbox/sandbox'
import {
  endUnrunGates,
  executeGate,
  findEndedResult,
  planGateRound,
  type PlannedGate,
} from '../../gates/index.ts'
import { openSandbox } from '../../sandboxes/index.ts'
import { advance, describe, shadowOf, type Plan, type TaskRun } from './task-run-context.ts'

const checkoutTimeoutMs = 15 * 60_000

/**
 * Runs the gates of one round, in order, each on a clean checkout of exactly the tree. After
 * a blocking failure the rest is not run: the change cannot pass any more.
 * @returns the results that were reached
 */
export async function runGates(
  task: TaskRun,
  plan: Plan,
  tree: string,
  round: number,
): Promise<GateResult[]> {
  const { run, deps, scope, taskId } = task
  const planned = await run.step(`plan gates of round ${round}`, async (step) => {
    await advance(task, step, {
      from: ['running', 'waiting_qa', 'pre_flight'],
      to: 'waiting_qa',
      detail: 'Gates are about to run',
      set: { round },
    })
    return deps.db.scoped(scope, (tx) =>
      planGateRound(deps, tx, scope, {
        repositoryId: plan.repositoryId,
        taskId,
        runId: run.runId,
        round,
        treeId: tree,
      }),
    )
  })
  const results: GateResult[] = []
  for (const [index, gate] of planned.entries()) {
    const result = await run.step(
      `gate ${gate.name}, round ${round}`,
      async (step) => {
        const detail = `Gate ${index + 1} of ${planned.length}: ${gate.name}`
        if (index === 0)
          await advance(task, step, {
            from: ['waiting_qa', 'qa_running'],
            to: 'qa_running',
            detail,
          })
        else await describe(task, detail)
        return runGate(task, plan, tree, gate, planned.length, step.signal)
      },
      { timeoutMs: gate.timeoutSeconds * 1000 + checkoutTimeoutMs },
    )
    results.push(result)
    if (gate.isBlocking && result.status !== 'passed') {
      const rest = planned.slice(index + 1).map(({ resultId }) => resultId)
      if (rest.length > 0) {
        const end = { status: 'cancelled' as const, problem: 'Not run: a gate before it failed.' }
        await run.step(`leave out gates of round ${round}`, () =>
          deps.db.scoped(scope, (tx) =>
            endUnrunGates(deps, tx, scope, `session:${plan.sessionId}`, rest, end),
          ),
        )
      }
      break
    }
  }
  return results
}

async function runGate(
  task: TaskRun,
  plan: Plan,
  tree: string,
  gate: PlannedGate,
  total: number,
  signal: AbortSignal,
): Promise<GateResult> {
  const { deps, scope, run } = task
  // It ended, and a crash came before that was recorded: what it said stands.
  const known = await findEndedResult(deps, scope, gate.resultId)
  if (known !== undefined) return known
  const shadow = await shadowOf(task, plan, signal)
  const checkout = await checkoutTree({
    shadow,
    tree,
    path: deps.folders.gates(task.taskId),
    signal,
    timeoutMs: checkoutTimeoutMs,
  })
  try {
    await using sandbox = await openSandbox(
      deps,
      {
        id: `${run.runId}-gate`,
        provider: plan.sandboxProvider,
        workTree: checkout.workTree,
        readOnlyPaths: checkout.readOnlyBinds,
        dependenciesOf: plan.repositoryPath,
        settings: plan.settings,
      },
      signal,
    )
    return await executeGate(
      deps,
      scope,
      {
        resultId: gate.resultId,
        timeoutSeconds: gate.timeoutSeconds,
        total,
        stream: `session:${plan.sessionId}`,
        sandbox,
      },
      signal,
    )
  } catch (error) {
    signal.throwIfAborted()
    if (
      !isSandboxError(error) &&
      !(error instanceof SluiceError && error.code === 'sandbox_unavailable')
    )
      throw error
    const problem = `The sandbox failed, so the gate did not run: ${error.message}`
    const [ended] = await deps.db.scoped(scope, (tx) =>
      endUnrunGates(deps, tx, scope, `session:${plan.sessionId}`, [gate.resultId], {
        status: 'error',
        problem,
      }),
    )
    return ended!
  }
}

/** Removes the clean checkout that gates ran on. */
export async function dropCheckout(
  task: Pick<TaskRun, 'deps' | 'taskId'>,
  signal: AbortSignal,
): Promise<void> {
  await removeWorkspace(task.deps.folders.gates(task.taskId), { signal, timeoutMs: 120_000 })
}
