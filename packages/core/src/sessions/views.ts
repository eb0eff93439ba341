import type { Attachment } from '@sluice/contract/attachment'
import type { GateResult } from '@sluice/contract/gate'
import type { SessionId } from '@sluice/contract/ids'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import type { Tx } from '@sluice/db/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { listAttachments } from '../attachments/index.ts'
import { listNewestGateResults } from '../gates/index.ts'
import type { Scope } from '../platform/index.ts'
import { sessions, tasks, type SessionRow, type TaskRow } from './tables.ts'
import { taskActions } from './task-actions.ts'

interface SessionFacts {
  id: SessionId
  branch: string
  mode: SessionRow['mode']
  newestNumber: number
  hasRemote: boolean
}

/** Makes the API's tasks of rows, with gates and with what this caller may do; two queries for any number. */
export async function toTasks(tx: Tx, scope: Scope, rows: TaskRow[]): Promise<Task[]> {
  if (rows.length === 0) return []
  const gates = await listNewestGateResults(
    tx,
    scope,
    rows.map(({ id }) => id),
  )
  const facts = await readSessionFacts(tx, scope, [
    ...new Set(rows.map(({ sessionId }) => sessionId)),
  ])
  const attached = await listAttachments(
    tx,
    scope,
    rows.flatMap(({ attachmentIds }) => attachmentIds),
  )
  return rows.map((row) =>
    toTask(row, scope, {
      session: facts.get(row.sessionId)!,
      gates: gates.get(row.id) ?? [],
      attachments: row.attachmentIds.flatMap((id) => attached.get(id) ?? []),
    }),
  )
}

async function readSessionFacts(
  tx: Tx,
  scope: Scope,
  ids: SessionId[],
): Promise<Map<SessionId, SessionFacts>> {
  const rows = await tx
    .select({
      id: sessions.id,
      branch: sessions.branch,
      mode: sessions.mode,
      // A task that still waits in the queue has built nothing: it does not make the one before it old.
      hasRemote: sql<boolean>`exists (
        select from repositories r where r.id = ${sessions.repositoryId} and jsonb_array_length(r.status->'remotes') > 0
      )`,
      newestNumber: sql<number>`coalesce((
        select max(t.number) from tasks t where t.session_id = ${sessions.id} and t.status <> 'pending'
      ), 0)`,
    })
    .from(sessions)
    .where(and(eq(sessions.workspaceId, scope.workspaceId), inArray(sessions.id, ids)))
  return new Map(rows.map((row) => [row.id, row]))
}

function toTask(
  row: TaskRow,
  scope: Scope,
  {
    session,
    gates,
    attachments,
  }: { session: SessionFacts; gates: GateResult[]; attachments: Attachment[] },
): Task {
  return {
    id: row.id,
    sessionId: row.sessionId,
    repositoryId: row.repositoryId,
    number: row.number,
    position: row.position,
    prompt: row.prompt,
    attachments,
    status: row.status,
    statusSince: row.statusSince.toISOString(),
    detail: row.detail,
    failure: row.failure,
    round: row.round,
    maxRounds: row.maxRounds,
    runId: row.runId,
    change: row.change,
    message: row.message,
    branch: session.branch,
    commit: row.commitSha,
    landing: { merge: row.mergeState, push: row.pushState, problem: row.landingProblem },
    rejectReason: row.rejectReason,
    gates,
    costMicros: row.hasUnknownCost ? null : row.costMicros,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    turns: row.turns,
    createdBy: row.createdBy,
    decidedBy: row.decidedBy,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    actions: taskActions(
      {
        status: row.status,
        commitSha: row.commitSha,
        mergeState: row.mergeState,
        pushState: row.pushState,
        treeId: row.treeId,
        hasFailure: row.failure !== null,
        isCommitHeld: row.decision === null,
        holdsFiles: row.holdsFiles,
        isNewest: row.number >= session.newestNumber,
        mode: session.mode,
        hasRemote: session.hasRemote,
      },
      scope.role,
    ),
  }
}

/** Makes the API's sessions of rows; the same few queries for any number. */
export async function toSessions(tx: Tx, scope: Scope, rows: SessionRow[]): Promise<Session[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const inThese = and(eq(tasks.workspaceId, scope.workspaceId), inArray(tasks.sessionId, ids))
  const totals = await tx
    .select({
      sessionId: tasks.sessionId,
      costMicros: sql<string>`sum(${tasks.costMicros})`,
      hasUnknownCost: sql<boolean>`bool_or(${tasks.hasUnknownCost})`,
      inputTokens: sql<string>`sum(${tasks.inputTokens})`,
      outputTokens: sql<string>`sum(${tasks.outputTokens})`,
      queued: sql<number>`count(*) filter (where ${tasks.status} = 'pending')::int`,
      // The newest task that was begun; where none was, the first in the queue.
      shown: sql<number>`coalesce(max(${tasks.number}) filter (where ${tasks.status} <> 'pending'), min(${tasks.number}))`,
    })
    .from(tasks)
    .where(inThese)
    .groupBy(tasks.sessionId)
  const totalOf = new Map(totals.map((total) => [total.sessionId, total]))
  const shown = totals.map(({ sessionId, shown: number }) => sql`(${sessionId}, ${number})`)
  const shownRows =
    shown.length === 0
      ? []
      : await tx
          .select()
          .from(tasks)
          .where(
            and(
              inThese,
              sql`(${tasks.sessionId}, ${tasks.number}) in (${sql.join(shown, sql`, `)})`,
            ),
          )
  const taskOf = new Map(
    (await toTasks(tx, scope, shownRows)).map((task) => [task.sessionId, task]),
  )
  const extra = await readExtra(tx, scope, rows)
  return rows.map((row) => {
    const total = totalOf.get(row.id)
    const task = taskOf.get(row.id) ?? null
    return {
      id: row.id,
      title: row.title,
      status: row.status,
      statusSince: row.statusSince.toISOString(),
      problem: row.problem,
      repositoryId: row.repositoryId,
      repositoryName: extra.nameOf.get(row.repositoryId) ?? '',
      baseBranch: row.baseBranch,
      baseCommit: row.baseCommit,
      branch: row.branch,
      mode: row.mode,
      sandboxProvider: row.sandboxProvider,
      isIsolated: row.sandboxProvider !== 'worktree',
      agent: { agent: 'built_in', providerId: row.providerId, modelId: row.modelId },
      isRecorded: row.isRecorded,
      createdBy: row.createdBy,
      createdAt: row.createdAt.toISOString(),
      lastActivityAt: row.lastActivityAt.toISOString(),
      lastActivity: row.lastActivity,
      additions: task?.change?.additions ?? 0,
      deletions: task?.change?.deletions ?? 0,
      costMicros: total?.hasUnknownCost === true ? null : Number(total?.costMicros ?? 0),
      inputTokens: Number(total?.inputTokens ?? 0),
      outputTokens: Number(total?.outputTokens ?? 0),
      task,
      queuedTasks: (total?.queued ?? 0) - (task?.status === 'pending' ? 1 : 0),
      cursor: extra.cursorOf.get(row.id) ?? 0,
    }
  })
}

// Repositories and the log lie below; their tables are named here as SQL to read both at once.
async function readExtra(tx: Tx, scope: Scope, rows: SessionRow[]) {
  const ids = sql.join(
    rows.map(({ id }) => sql`${id}`),
    sql`, `,
  )
  const found = await tx.execute<{
    id: SessionId
    repository_id: string
    name: string
    cursor: string | null
  }>(sql`
    select s.id, s.repository_id, r.name, e.last_seq as cursor
    from sessions s
    join repositories r on r.id = s.repository_id
    left join event_streams e on e.stream = 'session:' || s.id
    where s.workspace_id = ${scope.workspaceId} and s.id in (${ids})`)
  return {
    nameOf: new Map(found.rows.map(({ repository_id, name }) => [repository_id, name])),
    cursorOf: new Map(found.rows.map(({ id, cursor }) => [id, Number(cursor ?? 0)])),
  }
}
