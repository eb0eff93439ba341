import type { GateResult } from '@sluice/contract/gate'
import type { GateResultId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { toGateResult } from './queries.ts'
import { gateResults } from './tables.ts'

/** Ends results whose gates did not run, with the reason, and tells the watchers; those that have ended stay. */
export async function endUnrunGates(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  stream: string,
  resultIds: GateResultId[],
  end: { status: 'cancelled' | 'error'; problem: string },
): Promise<GateResult[]> {
  const rows = await tx
    .update(gateResults)
    .set({ ...end, endedAt: deps.clock.now() })
    .where(
      and(
        eq(gateResults.workspaceId, scope.workspaceId),
        inArray(gateResults.id, resultIds),
        isNull(gateResults.endedAt),
      ),
    )
    .returning()
  const events = rows.map(({ id, treeId }) => ({
    type: 'gate.ended' as const,
    payload: { gateResultId: id, status: end.status, exitCode: null, durationMs: null, treeId },
  }))
  append(tx, scope, stream, events)
  return rows.map(toGateResult)
}
