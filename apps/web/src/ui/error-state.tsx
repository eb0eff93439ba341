import { OctagonX, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { problemOf } from './problem.ts'

/** A part of a page that could not be read: what happened, the error id, and a way to try again. */
export function ErrorState({
  title,
  error,
  onRetry,
  children,
}: {
  title: string
  error: unknown
  onRetry?: () => void
  children?: ReactNode
}) {
  const problem = problemOf(error)
  return (
    <div
      role="alert"
      className="mx-auto flex max-w-lg flex-col items-start gap-3 rounded-md border border-border bg-surface p-4"
    >
      <div className="flex items-center gap-2 font-medium">
        <OctagonX size={16} className="text-danger" aria-hidden />
        {title}
      </div>
      <p className="text-list text-muted">{problem.message}</p>
      {problem.errorId !== undefined && (
        <p className="flex items-center gap-1 text-list text-muted">
          Error <code className="font-mono text-xs">{problem.errorId}</code>
          <CopyButton text={problem.errorId} label="Copy error id" />
        </p>
      )}
      {(onRetry !== undefined || children !== undefined) && (
        <div className="flex flex-wrap gap-2">
          {onRetry !== undefined && (
            <Button onPress={onRetry} icon={<RotateCw aria-hidden />}>
              Try again
            </Button>
          )}
          {children}
        </div>
      )}
    </div>
  )
}

/** One line inside a form or a card: the same facts in less room. */
export function InlineError({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null
  const problem = problemOf(error)
  return (
    <p
      role="alert"
      className="flex items-start gap-1.5 rounded-md bg-danger-soft px-2.5 py-2 text-list text-danger"
    >
      <OctagonX size={14} className="mt-0.75 shrink-0" aria-hidden />
      <span>
        {problem.message}
        {problem.errorId !== undefined && (
          <span className="font-mono text-xs"> (error {problem.errorId})</span>
        )}
      </span>
    </p>
  )
}
