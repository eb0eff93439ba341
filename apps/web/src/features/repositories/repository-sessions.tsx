import { useQuery } from '@tanstack/react-query'
import { MessagesSquare } from 'lucide-react'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { SessionRow } from '../sessions/session-row.tsx'

const SHOWN = 20

/** The newest sessions on one repository; the whole list is the sessions page with this filter. */
export function RepositorySessions({ repositoryId }: { repositoryId: string }) {
  const list = useQuery(api.sessions.list.queryOptions({ input: { repositoryId, limit: SHOWN } }))
  if (list.isError) {
    return (
      <ErrorState
        title="The sessions could not be read"
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    )
  }
  if (list.isPending) {
    return (
      <div className="rounded-lg border border-border bg-surface">
        <SkeletonRows rows={4} rowHeight="h-15" />
      </div>
    )
  }
  if (list.data.items.length === 0) {
    return (
      <EmptyState icon={MessagesSquare} title="No session here yet">
        Give an agent a task on this repository: it works on a branch of its own, and nothing lands
        without your approval.
      </EmptyState>
    )
  }
  return (
    <>
      <ul className="divide-y divide-separator overflow-hidden rounded-lg border border-border bg-surface">
        {list.data.items.map((session, index) => (
          <SessionRow key={session.id} session={session} index={index} hideRepository />
        ))}
      </ul>
      {list.data.nextCursor !== undefined && (
        <div className="mt-3">
          <ButtonLink to="/sessions" search={{ repository: repositoryId }}>
            All sessions of this repository
          </ButtonLink>
        </div>
      )}
    </>
  )
}
