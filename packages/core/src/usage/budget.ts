import type { UsageBudget } from '@sluice/contract/usage'
import type { Tx } from '@sluice/db/database'
import { and, eq, gte, sql } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { readSettings } from '../settings/index.ts'
import { usage } from './tables.ts'

/** What the workspace may spend in this month, and has spent. */
export async function readBudget(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
): Promise<UsageBudget> {
  const { monthlyBudgetMicros } = await readSettings(tx, scope)
  return readSpent(deps, tx, scope, monthlyBudgetMicros)
}

async function readSpent(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  limitMicros: number,
): Promise<UsageBudget> {
  const now = deps.clock.now()
  const since = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))
  const [spent] = await tx
    .select({
      micros: sql<string | null>`sum(${usage.costMicros})`,
      callsWithoutPrice: sql<number>`(count(*) filter (where ${usage.costMicros} is null))::int`,
    })
    .from(usage)
    .where(and(eq(usage.workspaceId, scope.workspaceId), gte(usage.at, since)))
  return {
    limitMicros,
    spentMicros: Number(spent?.micros ?? 0),
    callsWithoutPrice: spent?.callsWithoutPrice ?? 0,
    since: since.toISOString(),
  }
}

/** Why the workspace pays for no further call of a model; undefined where it does. Asked before every call. */
export function refuseByBudget(
  deps: Pick<CoreDeps, 'clock' | 'db'>,
  scope: Scope,
): Promise<string | undefined> {
  return deps.db.scoped(scope, async (tx) => {
    const { monthlyBudgetMicros } = await readSettings(tx, scope)
    // Without a budget the month's rows need not be added up.
    if (monthlyBudgetMicros === 0) return undefined
    const { limitMicros, spentMicros } = await readSpent(deps, tx, scope, monthlyBudgetMicros)
    if (spentMicros < limitMicros) return undefined
    return `The workspace has spent its budget for this month (${dollars(spentMicros)} of ${dollars(limitMicros)}). An admin can raise it in the settings; then continue.`
  })
}

const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(2)}`
