import type { InboxItem } from '@sluice/contract/inbox'
import { taskStatuses, type Status } from '../../ui/status.ts'

/** An inbox item looks like the state of the task that it is about. */
export const itemStatuses: Record<InboxItem['kind'], Status> = {
  review: taskStatuses.waiting_approval,
  gates_failed: taskStatuses.qa_failed,
  failed: taskStatuses.failed,
  interrupted: taskStatuses.interrupted,
}

/** Nine in the morning of the next day, in the reader's zone. */
export function tomorrowMorning(nowMs: number = Date.now()): string {
  const date = new Date(nowMs)
  date.setDate(date.getDate() + 1)
  date.setHours(9, 0, 0, 0)
  return date.toISOString()
}
