import { GateId, GateResultId } from '@sluice/contract/ids'
import type { GateResult } from '@sluice/contract/gate'
import { SluiceError } from '@sluice/contract/errors'
import type { RunDefinition } from '@sluice/engine/types'
import { checkoutTree, removeWorkspace } from '@sluice/git/workspace'
import { createId } from '@sluice/contract/ids'
import { z } from 'zod'
import {
  endUnrunGates,
  executeGate,
  insertResults,
  requireGateResultRow,
  requireGateRow,
  toGateResult,
} from '../gates/index.ts'
import { systemScope, type CoreDeps, type Scope } from '../platform/index.ts'
import { fromGitError, openRepositoryShadow, requireRepository } from '../repositories/index.ts'
import { chooseSandbox, openSandbox } from '../sandboxes/index.ts'
import { readSettings } from '../settings/index.ts'

const gateTryKind = 'gate.try'
const GateTry = z.object({ gateId: GateId, resultId: GateResultId, timeoutSeconds: z.number() })

/** Runs a gate on the repository's current commit; people watch the run's stream. @throws SluiceError not_found, unprocessable */
export async function tryGate(
  deps: CoreDeps,
  scope: Scope,
  gateId: GateId,
  signal?: AbortSignal,
): Promise<GateResult & { stream: string }> {
  const { gate, repository, settings } = await readFacts(deps, scope, gateId)
  if (repository.status?.head == null)
    throw new SluiceError('unprocessable', 'The repository has no commit to run the gate on.')
  await chooseSandbox(deps, settings, repository, undefined, signal)
  const shadow = await openRepositoryShadow(deps, repository, signal).catch((error: unknown) => {
    throw fromGitError(error)
  })
  const treeId = await shadow.resolveTree(await shadow.resolveCommit('HEAD', { signal }), {
    signal,
  })
  const runId = createId('run')
  return deps.db.scoped(scope, async (tx) => {
    const [planned] = await insertResults(
      deps,
      tx,
      scope,
      { repositoryId: repository.id, taskId: null, runId, round: 0, treeId },
      [gate],
    )
    const input = { gateId, resultId: planned!.resultId, timeoutSeconds: gate.timeoutSeconds }
    await deps.engine.start(tx, scope, {
      kind: gateTryKind,
      runId,
      input,
      subject: { type: 'gate', id: gateId },
    })
    return {
      ...toGateResult(await requireGateResultRow(tx, scope, planned!.resultId)),
      stream: `run:${runId}`,
    }
  })
}

function readFacts(deps: CoreDeps, scope: Scope, gateId: GateId) {
  return deps.db.scoped(scope, async (tx) => {
    const gate = await requireGateRow(tx, scope, gateId)
    return {
      gate,
      repository: await requireRepository(tx, scope, gate.repositoryId),
      settings: await readSettings(tx, scope),
    }
  })
}

export function gateTryRun(deps: CoreDeps): RunDefinition<z.infer<typeof GateTry>, null> {
  return {
    kind: gateTryKind,
    input: GateTry,
    start: 'direct',
    async execute(run, { gateId, resultId, timeoutSeconds }) {
      const scope = systemScope(run.workspaceId)
      const path = deps.folders.gates(run.runId)
      await run.step('run gate', async ({ signal }) => {
        const { repository, settings } = await readFacts(deps, scope, gateId)
        const { treeId } = await deps.db.scoped(scope, (tx) =>
          requireGateResultRow(tx, scope, resultId),
        )
        const shadow = await openRepositoryShadow(deps, repository, signal)
        const checkout = await checkoutTree({
          shadow,
          tree: treeId,
          path,
          signal,
          timeoutMs: 10 * 60_000,
        })
        await using sandbox = await openSandbox(
          deps,
          {
            id: run.runId,
            provider: await chooseSandbox(deps, settings, repository, undefined, signal),
            workTree: checkout.workTree,
            readOnlyPaths: checkout.readOnlyBinds,
            dependenciesOf: repository.path,
            settings,
          },
          signal,
        )
        await executeGate(
          deps,
          scope,
          { resultId, timeoutSeconds, total: 1, stream: `run:${run.runId}`, sandbox },
          signal,
        )
        return null
      })
      await run.step('remove checkout', async ({ signal }) => {
        await removeWorkspace(path, { signal })
        return null
      })
      return null
    },
    async onEnded(tx, { workspaceId, runId, input, status, error }) {
      if (input === undefined) return
      const end = status === 'cancelled' ? ('cancelled' as const) : ('error' as const)
      await endUnrunGates(deps, tx, systemScope(workspaceId), `run:${runId}`, [input.resultId], {
        status: end,
        problem: error.message,
      })
    },
  }
}
