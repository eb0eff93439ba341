import { useInfiniteQuery } from '@tanstack/react-query'
import type { AuditEntry } from '@sluice/contract/people'
import { ScrollText } from 'lucide-react'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { DataTable, type Column } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'

const columns: Column<AuditEntry>[] = [
  {
    id: 'at',
    header: 'When',
    className: 'w-24',
    cell: (entry) => <RelativeTime at={entry.at} className="text-muted" />,
  },
  {
    id: 'who',
    header: 'Who',
    cell: (entry) => (
      <span title={entry.address ?? undefined} className="whitespace-nowrap">
        {entry.actor.name}
        {entry.actor.type !== 'user' && (
          <span className="text-muted"> ({entry.actor.type.replace('_', ' ')})</span>
        )}
      </span>
    ),
  },
  {
    id: 'what',
    header: 'What',
    cell: (entry) => <code className="font-mono text-xs">{entry.action}</code>,
  },
  {
    id: 'on',
    header: 'On',
    from: 'sm',
    className: 'max-w-0 w-2/5',
    cell: (entry) => (
      <span
        className="block truncate text-muted"
        title={`${entry.subjectType} ${entry.subjectId}\n${JSON.stringify(entry.details)}`}
      >
        {entry.subjectType} <code className="font-mono text-xs">{entry.subjectId}</code>
      </span>
    ),
  },
  {
    id: 'from',
    header: 'From',
    from: 'md',
    align: 'right',
    cell: (entry) => <code className="font-mono text-xs text-muted">{entry.address ?? '–'}</code>,
  },
]

/** Who did what, from where, newest first. */
export function AuditSection() {
  const list = useInfiniteQuery(
    api.audit.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: 50, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const entries = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Card title="Audit" hint="Every change, with who made it and from where." isFlush>
      {list.isError && (
        <div className="p-4">
          <ErrorState
            title="The audit could not be read"
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        </div>
      )}
      {list.isPending && <SkeletonRows rows={8} />}
      {list.isSuccess && entries.length === 0 && (
        <EmptyState icon={ScrollText} title="Nothing yet">
          The first change in this workspace will stand here.
        </EmptyState>
      )}
      {entries.length > 0 && (
        <DataTable label="Audit" rows={entries} columns={columns} rowKey={(entry) => entry.id} />
      )}
      {list.hasNextPage && (
        <div className="flex justify-center border-t border-separator p-3">
          <Button
            onPress={() => void list.fetchNextPage()}
            pending={list.isFetchingNextPage ? 'Reading…' : undefined}
          >
            Show older ones
          </Button>
        </div>
      )}
    </Card>
  )
}
