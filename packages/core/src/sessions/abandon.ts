import type { SessionId, WorkspaceId } from '@sluice/contract/ids'
import { WorkspaceSettings } from '@sluice/contract/settings'
import { systemScope, type CoreDeps } from '../platform/index.ts'
import { sessionCleanupKind } from './lifecycle.ts'
import { moveSession } from './transition.ts'

const defaultDays = WorkspaceSettings.parse({}).abandonSessionsAfterDays

/**
 * Abandons sessions in which nothing happened for longer than their workspace allows and
 * nothing waits for a person: the working tree goes, the history and every commit stay.
 * @returns how many
 */
export async function abandonIdleSessions(deps: CoreDeps): Promise<number> {
  const idle = await deps.db.querySystem<{ id: SessionId; workspace_id: WorkspaceId }>(
    `select s.id, s.workspace_id
     from sessions s left join workspace_settings w on w.workspace_id = s.workspace_id
     where s.status in ('provisioning', 'active', 'paused', 'failed')
       and s.last_activity_at < $1::timestamptz - make_interval(days => coalesce((w.settings->>'abandonSessionsAfterDays')::int, $2))
       and not exists (select from tasks t where t.session_id = s.id and t.status not in ('completed', 'rejected', 'cancelled', 'failed'))
     limit 500`,
    [deps.clock.now().toISOString(), defaultDays],
  )
  let abandoned = 0
  for (const { id, workspace_id } of idle) {
    const scope = systemScope(workspace_id)
    await deps.db.scoped(scope, async (tx) => {
      const moved = await moveSession(deps, tx, scope, id, {
        from: ['provisioning', 'active', 'paused', 'failed'],
        to: 'abandoned',
        problem:
          'Nothing happened for a long time, so its working tree was removed. Its history and commits are kept; a new prompt brings it back.',
      })
      if (moved === undefined) return
      abandoned += 1
      await deps.engine.start(tx, scope, {
        kind: sessionCleanupKind,
        input: { sessionId: id },
        subject: { type: 'session', id },
      })
    })
  }
  return abandoned
}
