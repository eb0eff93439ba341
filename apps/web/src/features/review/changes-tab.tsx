import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { FileDiff } from 'lucide-react'
import { api } from '../../app/api.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { DiffWorkers } from './diff-workers.tsx'
import { Review } from './review.tsx'

export interface ChangesTabProps {
  task: Task
  session: Session
  file: string | undefined
  line: number | undefined
  canWrite: boolean
  onOpenFile: (file: string) => void
}

/** The change of a task: read from the server, then reviewed. */
export default function ChangesTab({ task, file, line, canWrite, onOpenFile }: ChangesTabProps) {
  const changes = useQuery({
    ...api.review.changes.queryOptions({ input: { taskId: task.id } }),
    enabled: task.change !== null,
  })
  if (task.change === null) {
    return (
      <EmptyState icon={FileDiff} title="No change to look at yet">
        When the agent ends its turn with changed files, they stand here, line by line.
      </EmptyState>
    )
  }
  if (changes.isPending) return <SkeletonRows rows={8} />
  if (changes.isError) {
    return (
      <div className="p-4">
        <ErrorState
          title="The change could not be read"
          error={changes.error}
          onRetry={() => void changes.refetch()}
        />
      </div>
    )
  }
  if (changes.data.files.length === 0) {
    return (
      <EmptyState icon={FileDiff} title="No file is changed">
        The tree under review is the same as its base.
      </EmptyState>
    )
  }
  return (
    <DiffWorkers>
      <Review
        // Another tree is another review: viewed marks, patches and places belong to it.
        key={`${task.id}:${changes.data.treeId}`}
        taskId={task.id}
        list={changes.data}
        file={file}
        line={line}
        canWrite={canWrite}
        onOpenFile={onOpenFile}
      />
    </DiffWorkers>
  )
}
