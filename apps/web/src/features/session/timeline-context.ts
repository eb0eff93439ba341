import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { createContext, use } from 'react'

/** What the items of a timeline need beside themselves. */
export interface TimelineContext {
  session: Session
  tasks: ReadonlyMap<string, Task>
  canWrite: boolean
  /** Unfolded items by id; kept here, since an item that scrolls away is unmounted. */
  unfolded: ReadonlySet<string>
  toggle: (id: string) => void
  restore: (checkpointId: string, label: string) => void
  retry: (task: Task) => void
  resume: (task: Task) => void
  showGates: (taskId: string) => void
  showChanges: (taskId: string) => void
}

export const TimelineContextProvider = createContext<TimelineContext | null>(null)

export function useTimelineContext(): TimelineContext {
  const context = use(TimelineContextProvider)
  if (context === null) throw new Error('A timeline item stands outside of a timeline.')
  return context
}
