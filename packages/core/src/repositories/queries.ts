import { notFound } from '@sluice/contract/errors'
import type { RepositoryId } from '@sluice/contract/ids'
import type { Page, PageQuery } from '@sluice/contract/paging'
import type { Repository } from '@sluice/contract/repository'
import type { Tx } from '@sluice/db/database'
import { and, desc, eq, ilike, or, sql } from 'drizzle-orm'
import { decodeCursor, toPage, type CoreDeps, type Scope } from '../platform/index.ts'
import { sampleTask } from '../sample/index.ts'
import { repositories, type RepositoryRow } from './tables.ts'

// Sessions lie above repositories; their table is named here as SQL so that the count comes with the row.
const runningSessions = sql<number>`(
  select count(*)::int from sessions s
  where s.repository_id = ${repositories.id} and s.status in ('provisioning', 'active', 'paused')
)`

const columns = { row: repositories, runningSessions }

function toRepository({
  row,
  runningSessions: running,
}: {
  row: RepositoryRow
  runningSessions: number
}): Repository {
  return {
    id: row.id,
    name: row.name,
    path: row.path,
    url: row.url,
    kind: row.kind,
    state: row.state,
    problem: row.problem,
    defaultBranch: row.defaultBranch,
    sandboxProvider: row.sandboxProvider,
    status: row.status,
    isSample: row.isSample,
    samplePrompt: row.isSample ? sampleTask().prompt : null,
    runningSessions: running,
    lastTaskAt: row.lastTaskAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}

/** Newest first. */
export function listRepositories(
  deps: CoreDeps,
  scope: Scope,
  query: PageQuery & { search?: string | undefined },
): Promise<Page<Repository>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  const pattern = query.search ? `%${query.search.replace(/[%_\\]/g, '\\$&')}%` : undefined
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select(columns)
      .from(repositories)
      .where(
        and(
          eq(repositories.workspaceId, scope.workspaceId),
          pattern === undefined
            ? undefined
            : or(ilike(repositories.name, pattern), ilike(repositories.path, pattern)),
          after &&
            sql`(${repositories.createdAt}, ${repositories.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(repositories.createdAt), desc(repositories.id))
      .limit(query.limit + 1)
    return toPage(rows, query.limit, ({ row }) => ({ at: row.createdAt, id: row.id }), toRepository)
  })
}

/** @throws SluiceError not_found */
export async function requireRepository(
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
): Promise<Repository> {
  const [row] = await tx
    .select(columns)
    .from(repositories)
    .where(and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)))
  if (row === undefined) throw notFound('repository', repositoryId)
  return toRepository(row)
}

export function getRepository(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
): Promise<Repository> {
  return deps.db.scoped(scope, (tx) => requireRepository(tx, scope, repositoryId))
}

/** Marks when a task last ended on it. */
export async function touchRepository(
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
  at: Date,
): Promise<void> {
  await tx
    .update(repositories)
    .set({ lastTaskAt: at })
    .where(and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)))
}
