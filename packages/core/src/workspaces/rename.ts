import { notFound } from '@sluice/contract/errors'
import type { Workspace } from '@sluice/contract/people'
import type { Database } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { eq } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { Scope } from '../platform/index.ts'
import { workspaces } from './tables.ts'

/** Renames the workspace; its slug stays, so that addresses that people kept go on leading to it. */
export function renameWorkspace(
  deps: { db: Database },
  scope: Scope,
  input: { name: string },
): Promise<Workspace> {
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .update(workspaces)
      .set({ name: input.name })
      .where(eq(workspaces.id, scope.workspaceId))
      .returning()
    if (!row) throw notFound('workspace', scope.workspaceId)
    await recordAudit(tx, scope, {
      action: 'workspace.renamed',
      subjectType: 'workspace',
      subjectId: row.id,
      details: { name: row.name },
    })
    append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'people.changed', payload: {} }])
    return {
      id: row.id,
      slug: row.slug,
      name: row.name,
      role: scope.role,
      createdAt: row.createdAt.toISOString(),
    }
  })
}
