import { useQuery } from '@tanstack/react-query'
import { FileText } from 'lucide-react'
import { api } from '../../app/api.ts'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { formatBytes } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'

/** The instruction files of the repository, as an agent will read them. */
export function InstructionsTab({ repositoryId }: { repositoryId: string }) {
  const found = useQuery(api.repositories.instructions.queryOptions({ input: { repositoryId } }))
  if (found.isError) {
    return (
      <ErrorState
        title="The instructions could not be read"
        error={found.error}
        onRetry={() => void found.refetch()}
      />
    )
  }
  if (found.isPending) return <Skeleton className="h-40 w-full" />
  if (found.data.items.length === 0) {
    return (
      <EmptyState icon={FileText} title="No instructions found">
        An agent reads <code className="font-mono text-xs">AGENTS.md</code> and{' '}
        <code className="font-mono text-xs">CLAUDE.md</code> at the top of the repository: how to
        build, what to test, what to leave alone. Commit one and it appears here.
      </EmptyState>
    )
  }
  return (
    <div className="grid gap-4">
      {found.data.items.map((file) => (
        <Card
          key={file.path}
          title={<code className="font-mono text-list">{file.path}</code>}
          actions={
            <span className="text-list text-muted">
              {formatBytes(new TextEncoder().encode(file.text).length)}
            </span>
          }
          isFlush
        >
          <pre
            // A scrolling region must be reachable by keyboard.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            className="max-h-96 overflow-auto p-4 font-mono text-xs leading-5 whitespace-pre-wrap"
          >
            {file.text}
          </pre>
        </Card>
      ))}
    </div>
  )
}
