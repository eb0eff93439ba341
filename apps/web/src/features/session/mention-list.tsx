import type { Repository } from '@sluice/contract/repository'
import { useQuery } from '@tanstack/react-query'
import { FileText } from 'lucide-react'
import { api } from '../../app/api.ts'

/** The files that an `@` may mean, kept while the next letters are looked up. */
export function useMentionFiles(repositoryId: Repository['id'], query: string | null): string[] {
  const files = useQuery({
    ...api.repositories.files.queryOptions({
      input: { repositoryId, search: query ?? '', limit: 8 },
    }),
    enabled: query !== null,
    placeholderData: (before) => before,
  })
  return query === null ? [] : (files.data?.items ?? [])
}

/** The list under an `@`; the field keeps the focus and moves through it with the arrow keys. */
export function MentionList({
  files,
  active,
  onChoose,
}: {
  files: readonly string[]
  active: number
  onChoose: (path: string) => void
}) {
  return (
    <div
      id="mention-list"
      role="listbox"
      aria-label="Files"
      className="absolute inset-x-0 bottom-full z-10 mb-1 max-h-64 overflow-y-auto rounded-md border border-border bg-overlay p-1 shadow-(--overlay-shadow)"
    >
      {files.map((path, at) => (
        <div
          key={path}
          id={`mention-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          // The field must not lose the focus.
          onPointerDown={(event) => {
            event.preventDefault()
            onChoose(path)
          }}
          className={`flex cursor-pointer items-center gap-2 rounded px-2 py-1 font-mono text-xs ${at === active ? 'bg-default' : ''}`}
        >
          <FileText size={13} aria-hidden className="shrink-0 text-muted" />
          <span className="truncate">{path}</span>
        </div>
      ))}
    </div>
  )
}
