import type { Page, PageQuery } from '@sluice/contract/paging'
import type { AuditEntry } from '@sluice/contract/people'
import type { Database } from '@sluice/db/database'
import { and, desc, eq, sql } from 'drizzle-orm'
import { decodeCursor, toPage, type Scope } from '../platform/index.ts'
import { auditEntries } from './tables.ts'

/** What was done in a workspace, newest first; `action` narrows it to one kind. */
export function listAudit(
  deps: { db: Database },
  scope: Pick<Scope, 'workspaceId'>,
  query: PageQuery & { action?: string | undefined },
): Promise<Page<AuditEntry>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select()
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.workspaceId, scope.workspaceId),
          query.action ? eq(auditEntries.action, query.action) : undefined,
          after &&
            sql`(${auditEntries.at}, ${auditEntries.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(auditEntries.at), desc(auditEntries.id))
      .limit(query.limit + 1)
    return toPage(
      rows,
      query.limit,
      ({ at, id }) => ({ at, id }),
      ({ workspaceId: _workspaceId, at, ...entry }): AuditEntry => ({
        ...entry,
        at: at.toISOString(),
      }),
    )
  })
}
