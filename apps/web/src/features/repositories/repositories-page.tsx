import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { Repository } from '@sluice/contract/repository'
import { FolderGit2, Plus } from 'lucide-react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Page } from '../../ui/page.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { useRowSelection } from '../../ui/row-selection.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useCloneProgress } from './clone-progress.ts'
import { repositoryColumns } from './repository-columns.tsx'

const route = getRouteApi('/frame/repositories')

export function RepositoriesPage() {
  const { search } = route.useSearch()
  const navigate = useNavigate()
  const { can } = useMe()
  const progress = useCloneProgress()
  const list = useInfiniteQuery(
    api.repositories.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: 50, cursor, search }),
      initialPageParam: undefined,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const { selected } = useRowSelection('Repositories', rows, (row: Repository) => {
    void navigate({ to: '/repositories/$repositoryId', params: { repositoryId: row.id } })
  })
  const add = (
    <ButtonLink to="/repositories/add" variant="primary" icon={<Plus aria-hidden />}>
      Add repository
    </ButtonLink>
  )
  return (
    <Page
      title="Repositories"
      crumbs={[{ label: 'Repositories' }]}
      action={can.manageRepositories ? add : undefined}
    >
      {(rows.length > 8 || search !== undefined) && (
        <div className="mb-3 flex">
          <SearchBox
            label="Search names and paths"
            initial={search ?? ''}
            onSearch={(text) =>
              void navigate({
                to: '/repositories',
                search: text === '' ? {} : { search: text },
                replace: true,
              })
            }
          />
        </div>
      )}
      {list.isError && (
        <ErrorState
          title="The repositories could not be read"
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.isPending && (
        <div className="rounded-lg border border-border bg-surface">
          <SkeletonRows rows={5} />
        </div>
      )}
      {list.isSuccess && rows.length === 0 && search !== undefined && (
        <EmptyState
          icon={FolderGit2}
          title="No repository matches"
          action={<ButtonLink to="/repositories">Show all</ButtonLink>}
        >
          No name and no path holds “{search}”.
        </EmptyState>
      )}
      {list.isSuccess && rows.length === 0 && search === undefined && (
        <EmptyState
          icon={FolderGit2}
          title="No repositories yet"
          action={
            can.manageRepositories ? (
              <>
                {add}
                <ButtonLink to="/welcome">Try the sample</ButtonLink>
              </>
            ) : undefined
          }
        >
          {can.manageRepositories
            ? 'Add repositories that lie on this machine, clone one by its URL, or look at the sample first.'
            : 'An admin or an owner of this workspace adds repositories.'}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <div className="overflow-x-auto rounded-lg border border-border bg-surface">
          <DataTable
            label="Repositories"
            rows={rows}
            columns={repositoryColumns(progress)}
            rowKey={(row) => row.id}
            selected={selected}
          />
        </div>
      )}
      {list.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button
            onPress={() => void list.fetchNextPage()}
            pending={list.isFetchingNextPage ? 'Reading…' : undefined}
          >
            Show more
          </Button>
        </div>
      )}
    </Page>
  )
}
