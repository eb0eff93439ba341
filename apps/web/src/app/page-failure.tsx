import { useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { ErrorState } from '../ui/error-state.tsx'
import { isCode } from '../ui/problem.ts'

/** A page that could not be shown; what is around it stays usable. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <div className="flex h-full items-center justify-center p-4">
      <title>Something failed · Sluice</title>
      <ErrorState
        title="This page could not be shown"
        error={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      >
        {isCode(error, 'not_found') && (
          // A page load: the way into another workspace.
          <a href="/" className="flex items-center rounded-md px-2 text-list text-accent underline">
            Go to your own workspaces
          </a>
        )}
      </ErrorState>
    </div>
  )
}
