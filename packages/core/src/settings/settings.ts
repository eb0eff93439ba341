import { SluiceError } from '@sluice/contract/errors'
import { WorkspaceSettings } from '@sluice/contract/settings'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { eq } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { recordAudit } from '../audit/index.ts'
import { workspaceSettings } from './tables.ts'

/** The workspace's limits and defaults; what was never set has the default of its schema. */
export async function readSettings(tx: Tx, scope: Scope): Promise<WorkspaceSettings> {
  const [row] = await tx
    .select({ settings: workspaceSettings.settings })
    .from(workspaceSettings)
    .where(eq(workspaceSettings.workspaceId, scope.workspaceId))
  return WorkspaceSettings.parse(row?.settings ?? {})
}

export function getSettings(deps: CoreDeps, scope: Scope): Promise<WorkspaceSettings> {
  return deps.db.scoped(scope, (tx) => readSettings(tx, scope))
}

/** @throws SluiceError invalid_input where the settings contradict each other */
export function updateSettings(
  deps: CoreDeps,
  scope: Scope,
  change: Partial<WorkspaceSettings>,
): Promise<WorkspaceSettings> {
  return deps.db.scoped(scope, async (tx) => {
    const before = await readSettings(tx, scope)
    const given = Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== undefined),
    )
    const settings = WorkspaceSettings.parse({ ...before, ...given })
    if (settings.sandboxProvider === 'worktree' && !settings.allowUnsandboxed) {
      throw new SluiceError(
        'invalid_input',
        'Commands would run without a sandbox. Allow that first, knowing that they then see this machine.',
        { details: { field: 'sandboxProvider' } },
      )
    }
    await tx
      .insert(workspaceSettings)
      .values({ workspaceId: scope.workspaceId, settings, updatedAt: deps.clock.now() })
      .onConflictDoUpdate({
        target: workspaceSettings.workspaceId,
        set: { settings, updatedAt: deps.clock.now() },
      })
    if (settings.concurrentTasks !== before.concurrentTasks) {
      await deps.engine.setConcurrency(tx, scope, settings.concurrentTasks)
    }
    append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'settings.changed', payload: {} }])
    await recordAudit(tx, scope, {
      action: 'settings.changed',
      subjectType: 'workspace',
      subjectId: scope.workspaceId,
      details: given,
    })
    return settings
  })
}
