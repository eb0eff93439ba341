import type { InboxItem } from '@sluice/contract/inbox'
import type { Page, PageQuery } from '@sluice/contract/paging'
import type { RepositoryId, SessionId, TaskId } from '@sluice/contract/ids'
import type { TaskFailure, TaskStatus } from '@sluice/contract/task'
import { hasRole } from '@sluice/contract/roles'
import { and, eq, sql } from 'drizzle-orm'
import { decodeCursor, toPage, type CoreDeps, type Scope } from '../platform/index.ts'
import { requireTaskRow } from '../sessions/index.ts'
import { inboxSnoozes } from './tables.ts'

const kinds: Partial<Record<TaskStatus, InboxItem['kind']>> = {
  waiting_approval: 'review',
  qa_failed: 'gates_failed',
  failed: 'failed',
  interrupted: 'interrupted',
}

interface InboxRow extends Record<string, unknown> {
  task_id: TaskId
  session_id: SessionId
  repository_id: RepositoryId
  repository_name: string
  title: string
  status: TaskStatus
  detail: string
  failure: TaskFailure | null
  status_since: string
  snoozed_until: string | null
  total: number
}

/**
 * What waits for a person: every change to review, and the failed or interrupted tasks of
 * the caller that are the newest of their session. Longest waiting first.
 */
export function listInbox(
  deps: CoreDeps,
  scope: Scope,
  query: PageQuery & { includeSnoozed: boolean },
): Promise<Page<InboxItem> & { count: number }> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const { rows } = await tx.execute<InboxRow>(sql`
      with waiting as (
        select t.id as task_id, t.session_id, t.repository_id, r.name as repository_name, s.title, t.status, t.detail,
               t.failure, t.status_since, z.until as snoozed_until
        from tasks t
        join sessions s on s.id = t.session_id
        join repositories r on r.id = t.repository_id
        left join inbox_snoozes z
          on z.workspace_id = t.workspace_id and z.user_id = ${scope.actor.id} and z.item_id = t.id and z.until > ${deps.clock.now().toISOString()}::timestamptz
        where t.workspace_id = ${scope.workspaceId}
          and t.status in ('waiting_approval', 'qa_failed', 'failed', 'interrupted')
          and s.status <> 'completed'
          and (t.status in ('waiting_approval', 'qa_failed')
            or (t.created_by->>'id' = ${scope.actor.id}
                and t.number = (select max(n.number) from tasks n where n.session_id = t.session_id)))
          and (${query.includeSnoozed} or z.until is null)
      )
      select *, (select count(*)::int from waiting) as total from waiting
      where ${after === undefined ? sql`true` : sql`(status_since, task_id) > (${after.at.toISOString()}::timestamptz, ${after.id})`}
      order by status_since, task_id
      limit ${query.limit + 1}`)
    const page = toPage(
      rows,
      query.limit,
      (row) => ({ at: new Date(row.status_since), id: row.task_id }),
      (row) => toItem(row, scope),
    )
    return { ...page, count: rows[0]?.total ?? 0 }
  })
}

function toItem(row: InboxRow, scope: Scope): InboxItem {
  return {
    id: row.task_id,
    kind: kinds[row.status] ?? 'review',
    title: row.title,
    text:
      row.failure?.message ?? (row.detail === '' ? 'A change waits for your review' : row.detail),
    sessionId: row.session_id,
    taskId: row.task_id,
    repositoryId: row.repository_id,
    repositoryName: row.repository_name,
    since: new Date(row.status_since).toISOString(),
    snoozedUntil: row.snoozed_until === null ? null : new Date(row.snoozed_until).toISOString(),
    canApprove: row.status === 'waiting_approval' && hasRole(scope.role, 'editor'),
  }
}

/** Hides an item from the caller's inbox until a time; null brings it back. @throws SluiceError not_found */
export function snoozeInboxItem(
  deps: CoreDeps,
  scope: Scope,
  input: { itemId: string; until: string | null },
): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    await requireTaskRow(tx, scope, input.itemId as TaskId)
    const key = { workspaceId: scope.workspaceId, userId: scope.actor.id, itemId: input.itemId }
    if (input.until === null) {
      await tx
        .delete(inboxSnoozes)
        .where(
          and(
            eq(inboxSnoozes.workspaceId, key.workspaceId),
            eq(inboxSnoozes.userId, key.userId),
            eq(inboxSnoozes.itemId, key.itemId),
          ),
        )
      return
    }
    const until = new Date(input.until)
    await tx
      .insert(inboxSnoozes)
      .values({ ...key, until })
      .onConflictDoUpdate({
        target: [inboxSnoozes.workspaceId, inboxSnoozes.userId, inboxSnoozes.itemId],
        set: { until },
      })
  })
}
