import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { notifyError } from '../../ui/notify.ts'

/**
 * Runs one action at a time and says what failed. Nothing is shown as done before the server said so; its
 * answer goes to the cache at once, the events bring the rest.
 */
export function useSessionAction(sessionId: Session['id']): {
  /** What runs now, in words: "Committing…". */
  pending: string | undefined
  run: (words: string, failure: string, action: () => Promise<unknown>) => Promise<boolean>
} {
  const queryClient = useQueryClient()
  const [pending, setPending] = useState<string>()
  return {
    pending,
    async run(words, failure, action) {
      if (pending !== undefined) return false
      setPending(words)
      try {
        await action()
        return true
      } catch (cause) {
        notifyError(failure, cause)
        return false
      } finally {
        setPending(undefined)
        void queryClient.invalidateQueries({
          queryKey: api.sessions.get.key({ input: { sessionId } }),
        })
        void queryClient.invalidateQueries({ queryKey: api.tasks.key() })
      }
    },
  }
}

/** The task that the tabs show unless the address names another: the newest that has begun, else the newest. */
export function taskInView(tasks: readonly Task[], named: string | undefined): Task | undefined {
  const newestFirst = tasks.toSorted((a, b) => b.number - a.number)
  return (
    newestFirst.find((task) => task.id === named) ??
    newestFirst.find((task) => task.status !== 'pending') ??
    newestFirst[0]
  )
}
