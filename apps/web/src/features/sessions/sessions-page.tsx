import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { Session } from '@sluice/contract/session'
import { MessagesSquare, Plus } from 'lucide-react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import type { SessionsSearch } from '../../routes/sessions.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Page } from '../../ui/page.tsx'
import { useRowSelection } from '../../ui/row-selection.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { SessionFilters } from './session-filters.tsx'
import { SessionRow } from './session-row.tsx'
import { groupLabels, groupSessions } from './sessions.logic.ts'

const route = getRouteApi('/frame/sessions')

export function SessionsPage() {
  const filters = route.useSearch()
  const navigate = useNavigate()
  const { can } = useMe()
  const { state, repository, person, search } = filters
  const list = useInfiniteQuery(
    api.sessions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: 50,
        cursor,
        group: state,
        repositoryId: repository,
        createdBy: person,
        search,
      }),
      initialPageParam: undefined,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const repositories = useQuery(api.repositories.list.queryOptions({ input: { limit: 200 } }))
  const members = useQuery(api.members.list.queryOptions({ input: { limit: 200 } }))

  const all = list.data?.pages.flatMap((page) => page.items) ?? []
  const groups = groupSessions(all)
  const rows = groups.flatMap((part) => part.sessions)
  const { selected, select } = useRowSelection('Sessions', rows, (session: Session) => {
    void navigate({ to: '/sessions/$sessionId', params: { sessionId: session.id } })
  })

  const setFilters = (next: SessionsSearch) =>
    void navigate({ to: '/sessions', search: next, replace: true })
  const isFiltered = Object.values(filters).some((value) => value !== undefined)
  const newSession = (
    <ButtonLink
      to="/sessions/new"
      search={repository === undefined ? {} : { repository }}
      variant="primary"
      icon={<Plus aria-hidden />}
    >
      New session
    </ButtonLink>
  )

  return (
    <Page
      title="Sessions"
      crumbs={[{ label: 'Sessions' }]}
      action={can.createTasks ? newSession : undefined}
    >
      <SessionFilters
        filters={filters}
        onChange={setFilters}
        repositories={repositories.data?.items ?? []}
        members={members.data?.items ?? []}
      />
      {list.isError && (
        <ErrorState
          title="The sessions could not be read"
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.isPending && (
        <div className="rounded-lg border border-border bg-surface">
          <SkeletonRows rows={6} rowHeight="h-15" />
        </div>
      )}
      {list.isSuccess && rows.length === 0 && !isFiltered && (
        <EmptyState
          icon={MessagesSquare}
          title="No sessions yet"
          action={can.createTasks ? newSession : undefined}
        >
          A session is a conversation with an agent on one repository. Its changes wait for your
          approval before anything is committed.
        </EmptyState>
      )}
      {list.isSuccess && rows.length === 0 && isFiltered && (
        <EmptyState
          icon={MessagesSquare}
          title="No session matches"
          action={<Button onPress={() => setFilters({})}>Clear the filters</Button>}
        >
          Nothing here fits all of the filters together.
        </EmptyState>
      )}
      <div className="grid gap-5">
        {groups.map(({ group, sessions }) => (
          <section key={group} aria-label={groupLabels[group]}>
            <h2 className="mb-1.5 flex items-baseline gap-2 px-1 text-list font-semibold">
              {groupLabels[group]}
              <span className="font-normal text-muted tabular-nums">{sessions.length}</span>
            </h2>
            <ul className="divide-y divide-separator overflow-hidden rounded-lg border border-border bg-surface">
              {sessions.map((session) => {
                const index = rows.indexOf(session)
                return (
                  <SessionRow
                    key={session.id}
                    session={session}
                    index={index}
                    isSelected={index === selected}
                    onSelect={() => select(index)}
                  />
                )
              })}
            </ul>
          </section>
        ))}
      </div>
      {list.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button
            onPress={() => void list.fetchNextPage()}
            pending={list.isFetchingNextPage ? 'Reading…' : undefined}
          >
            Show older ones
          </Button>
        </div>
      )}
    </Page>
  )
}
