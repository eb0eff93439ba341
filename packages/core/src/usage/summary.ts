import type { RepositoryId, SessionId } from '@sluice/contract/ids'
import type { UsageOfSession, UsageSum, UsageSummary } from '@sluice/contract/usage'
import type { Tx } from '@sluice/db/database'
import { sql, type SQL } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { readBudget } from './budget.ts'

export interface UsageQuery {
  /** Days as `2026-11-25`, both included, in the time zone. */
  from: string
  to: string
  timeZone: string
  repositoryId?: RepositoryId | undefined
  personId?: string | undefined
  modelId?: string | undefined
}

/** How many of the dearest and of the slowest sessions are told. */
const listed = 10

/** One sum, and of what: the grouped columns that it is not of are null. */
interface SumRow extends Record<string, unknown> {
  grouped: keyof typeof groupingBits | 'all'
  day: string | null
  person: string | null
  repository: RepositoryId | null
  model: string | null
  session: SessionId | null
  /** Sums of bigint are numeric, and come as text. */
  calls: string
  inputTokens: string
  outputTokens: string
  costMicros: string
  callsWithoutPrice: string
  durationMs: string
}

/** `grouping()` of the five columns: a bit is 0 for the one that a row is grouped by. */
const groupingBits = { day: 15, person: 23, repository: 27, model: 29, session: 30 } as const

/** Cost and tokens of a range of days, put together in every way that the page shows. */
export function summariseUsage(
  deps: CoreDeps,
  scope: Scope,
  query: UsageQuery,
): Promise<UsageSummary> {
  return deps.db.scoped(scope, async (tx) => {
    const rows = await readSums(tx, scope, query)
    const of = (grouped: SumRow['grouped']) => rows.filter((row) => row.grouped === grouped)
    const sessions = of('session')
    return {
      totals: toSum(of('all')[0]!),
      days: everyDay(query, of('day')),
      people: await describePeople(tx, scope, of('person')),
      repositories: await describeRepositories(tx, scope, of('repository')),
      models: dearestFirst(of('model').map((row) => ({ modelId: row.model!, ...toSum(row) }))),
      dearestSessions: await describeSessions(tx, scope, highest(sessions, 'costMicros')),
      slowestSessions: await describeSessions(tx, scope, highest(sessions, 'durationMs')),
      budget: await readBudget(deps, tx, scope),
    }
  })
}

/** All sums in one pass over the rows. */
async function readSums(tx: Tx, scope: Scope, query: UsageQuery): Promise<SumRow[]> {
  const { rows } = await tx.execute<SumRow>(sql`
    select case grouping(day, person_id, repository_id, model_id, session_id)
        when ${groupingBits.day} then 'day' when ${groupingBits.person} then 'person'
        when ${groupingBits.repository} then 'repository' when ${groupingBits.model} then 'model'
        when ${groupingBits.session} then 'session' else 'all' end as "grouped",
      to_char(day, 'YYYY-MM-DD') as day, person_id as person, repository_id as repository, model_id as model,
      session_id as session, count(*) as "calls",
      coalesce(sum(input_tokens), 0) as "inputTokens", coalesce(sum(output_tokens), 0) as "outputTokens",
      coalesce(sum(cost_micros), 0) as "costMicros",
      count(*) filter (where cost_micros is null) as "callsWithoutPrice",
      coalesce(sum(duration_ms), 0) as "durationMs"
    from (select u.*, (u.at at time zone ${query.timeZone}::text)::date as day from usage u where ${wantedRows(scope, query)}) u
    group by grouping sets ((), (day), (person_id), (repository_id), (model_id), (session_id))`)
  return rows
}

function wantedRows(scope: Scope, query: UsageQuery): SQL {
  const conditions = [
    sql`u.workspace_id = ${scope.workspaceId}`,
    sql`u.at >= (${query.from}::date)::timestamp at time zone ${query.timeZone}::text`,
    sql`u.at < (${query.to}::date + 1)::timestamp at time zone ${query.timeZone}::text`,
    ...(query.repositoryId === undefined ? [] : [sql`u.repository_id = ${query.repositoryId}`]),
    ...(query.personId === undefined ? [] : [sql`u.person_id = ${query.personId}`]),
    ...(query.modelId === undefined ? [] : [sql`u.model_id = ${query.modelId}`]),
  ]
  return sql.join(conditions, sql` and `)
}

const toSum = (row: SumRow): UsageSum => ({
  calls: Number(row.calls),
  inputTokens: Number(row.inputTokens),
  outputTokens: Number(row.outputTokens),
  costMicros: Number(row.costMicros),
  callsWithoutPrice: Number(row.callsWithoutPrice),
  durationMs: Number(row.durationMs),
})

const nothing: UsageSum = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costMicros: 0,
  callsWithoutPrice: 0,
  durationMs: 0,
}

const dearestFirst = <T extends UsageSum>(sums: T[]): T[] =>
  sums.sort((a, b) => b.costMicros - a.costMicros || b.calls - a.calls)

/** Days on which nothing was spent are there too, with zeros. */
function everyDay({ from, to }: UsageQuery, rows: SumRow[]): UsageSummary['days'] {
  const known = new Map(rows.map((row) => [row.day, toSum(row)]))
  const days: UsageSummary['days'] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push({ day, ...(known.get(day) ?? nothing) })
  }
  return days
}

/** People under the name that they had last. */
async function describePeople(
  tx: Tx,
  scope: Scope,
  rows: SumRow[],
): Promise<UsageSummary['people']> {
  const names = await namesOf(
    tx,
    rows.map(({ person }) => person!),
    (ids) => sql`select p.id, (select u.person_name from usage u
      where u.workspace_id = ${scope.workspaceId} and u.person_id = p.id order by u.at desc limit 1) as name
      from unnest(${sql.param(ids)}::text[]) p (id)`,
  )
  return dearestFirst(
    rows.map((row) => ({
      id: row.person!,
      name: names.get(row.person!)?.name ?? row.person!,
      ...toSum(row),
    })),
  )
}

async function describeRepositories(
  tx: Tx,
  scope: Scope,
  rows: SumRow[],
): Promise<UsageSummary['repositories']> {
  const names = await namesOf(
    tx,
    rows.flatMap(({ repository }) => (repository === null ? [] : [repository])),
    (ids) => sql`select id, name from repositories
      where workspace_id = ${scope.workspaceId} and id = any(${sql.param(ids)}::text[])`,
  )
  return dearestFirst(
    rows.map((row) => ({
      id: row.repository,
      name: names.get(row.repository ?? '')?.name ?? 'Removed repositories',
      ...toSum(row),
    })),
  )
}

/** The sessions of which the most is told, in that order; those that were deleted have no name to be told by. */
const highest = (rows: SumRow[], by: 'costMicros' | 'durationMs'): SumRow[] =>
  rows
    .filter((row) => row.session !== null && Number(row[by]) > 0)
    .sort((a, b) => Number(b[by]) - Number(a[by]) || Number(b.calls) - Number(a.calls))
    .slice(0, listed)

async function describeSessions(tx: Tx, scope: Scope, rows: SumRow[]): Promise<UsageOfSession[]> {
  const names = await namesOf(
    tx,
    rows.flatMap(({ session }) => (session === null ? [] : [session])),
    (ids) => sql`select s.id, s.title as name, r.name as repository from sessions s
      join repositories r on r.id = s.repository_id
      where s.workspace_id = ${scope.workspaceId} and s.id = any(${sql.param(ids)}::text[])`,
  )
  return rows.flatMap((row) => {
    const session = names.get(row.session ?? '')
    if (row.session === null || session === undefined) return []
    const { name: title, repository: repositoryName = '' } = session
    return [{ sessionId: row.session, title, repositoryName, ...toSum(row) }]
  })
}

interface Named extends Record<string, unknown> {
  id: string
  name: string
  repository?: string
}

async function namesOf(
  tx: Tx,
  ids: string[],
  query: (ids: string[]) => SQL,
): Promise<Map<string, Named>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<Named>(query(ids))
  return new Map(rows.map((row) => [row.id, row]))
}
