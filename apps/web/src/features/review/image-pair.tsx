import type { FileChange } from '@sluice/contract/review'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { client } from '../../app/api.ts'
import { formatBytes } from '../../ui/format.ts'
import { problemOf } from '../../ui/problem.ts'
import { showBlob } from '../../ui/show-blob.ts'

function Picture({
  taskId,
  treeId,
  file,
  side,
}: {
  taskId: Task['id']
  treeId: string
  file: FileChange
  side: 'old' | 'new'
}) {
  const path = side === 'old' ? (file.oldPath ?? file.path) : file.path
  const bytes = side === 'old' ? file.oldSizeBytes : file.newSizeBytes
  const blob = useQuery({
    queryKey: ['review-file', taskId, treeId, path, side],
    queryFn: ({ signal }) => client.review.file({ taskId, path, side }, { signal }),
    staleTime: Infinity,
  })
  const show = useMemo(
    () => (blob.data === undefined ? undefined : showBlob(blob.data)),
    [blob.data],
  )
  const [size, setSize] = useState<string>()
  return (
    <figure className="min-w-0 flex-1">
      <figcaption className="mb-1 text-xs text-muted">
        {side === 'old' ? 'Before' : 'After'}
        {bytes !== null && ` · ${formatBytes(bytes)}`}
        {size !== undefined && ` · ${size}`}
      </figcaption>
      <div className="flex min-h-24 items-center justify-center rounded-md border border-border bg-[repeating-conic-gradient(var(--surface-tertiary)_0_25%,transparent_0_50%)] bg-size-[16px_16px] p-2">
        {blob.isError && <p className="text-list text-danger">{problemOf(blob.error).message}</p>}
        {show !== undefined && (
          <img
            ref={show}
            alt={`${path}, ${side === 'old' ? 'before' : 'after'} the change`}
            className="max-h-80 max-w-full object-contain"
            onLoad={(event) =>
              setSize(
                `${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight} px`,
              )
            }
          />
        )}
      </div>
    </figure>
  )
}

/** An image before and after, side by side. */
export function ImagePair({
  taskId,
  treeId,
  file,
}: {
  taskId: Task['id']
  treeId: string
  file: FileChange
}) {
  return (
    <div className="flex flex-wrap gap-4 bg-surface p-3 font-sans whitespace-normal">
      {file.status !== 'added' && (
        <Picture taskId={taskId} treeId={treeId} file={file} side="old" />
      )}
      {file.status !== 'deleted' && (
        <Picture taskId={taskId} treeId={treeId} file={file} side="new" />
      )}
    </div>
  )
}
