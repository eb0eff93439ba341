import { Spinner } from '@heroui/react/spinner'
import type { FileChange } from '@sluice/contract/review'
import { ChevronRight } from 'lucide-react'
import { ChangedLines } from '../../ui/changed-lines.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { modeChange, statusLooks } from './file-facts.logic.ts'

/** The height of every file's header: the view reckons with it. */
export const HEADER_PX = 40

/** A file's line above its diff: mark, path, what became of name and mode, counts, viewed. */
export function FileHeader({
  file,
  isFolded,
  isViewed,
  isLoading,
  onFold,
  onViewed,
}: {
  file: FileChange
  isFolded: boolean
  isViewed: boolean
  /** Its lines are on their way; blank ones hold their place. */
  isLoading: boolean
  onFold: () => void
  onViewed: () => void
}) {
  const look = statusLooks[file.status]
  const mode = modeChange(file)
  return (
    <div
      className="flex items-center gap-2 border-y border-separator bg-surface-secondary pr-3 pl-1 font-sans text-list text-foreground"
      style={{ height: HEADER_PX }}
    >
      <button
        type="button"
        aria-expanded={!isFolded}
        aria-label={isFolded ? `Unfold ${file.path}` : `Fold ${file.path}`}
        onClick={onFold}
        className="flex size-7 shrink-0 cursor-pointer items-center justify-center rounded text-muted hover:bg-default"
      >
        <ChevronRight size={14} aria-hidden className={isFolded ? '' : 'rotate-90'} />
      </button>
      <span className={`shrink-0 text-xs font-medium ${look.tone}`}>{look.word}</span>
      <span className="flex min-w-0 items-center gap-1" title={file.path}>
        {file.oldPath !== null && file.oldPath !== file.path && (
          <span className="min-w-0 truncate font-mono text-xs text-muted">{file.oldPath} →</span>
        )}
        <bdi className="min-w-0 truncate text-left font-mono text-xs" dir="rtl">
          {file.path}
        </bdi>
        <CopyButton text={file.path} label="Copy path" />
      </span>
      {mode !== null && file.additions + file.deletions > 0 && (
        <span className="shrink-0 rounded bg-warning-soft px-1.5 text-xs text-warning max-md:hidden">
          {mode}
        </span>
      )}
      <span className="ml-auto flex shrink-0 items-center gap-3">
        {isLoading && (
          <span
            role="status"
            aria-label="Loading"
            // Most lines are here before anyone would notice.
            className="flex text-muted transition-opacity delay-300 starting:opacity-0"
          >
            <Spinner size="sm" color="current" />
          </span>
        )}
        {file.additions + file.deletions > 0 && (
          <ChangedLines additions={file.additions} deletions={file.deletions} />
        )}
        <label className="flex cursor-pointer items-center gap-1.5 text-xs text-muted">
          <input
            type="checkbox"
            className="accent-(--accent)"
            checked={isViewed}
            onChange={onViewed}
          />
          <span className="max-sm:sr-only">Viewed</span>
        </label>
      </span>
    </div>
  )
}
