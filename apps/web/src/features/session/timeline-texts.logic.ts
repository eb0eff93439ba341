import type { EventPayload } from '@sluice/contract/events'
import type { Landing, TaskStatus } from '@sluice/contract/task'
import type { TimelineItem } from './timeline-types.ts'

/** What a session's own change is called in its timeline; null where its tasks say it better. */
export function sessionText(
  payload: EventPayload<'session.changed'>,
  before: string | null,
): string | null {
  if (payload.status === before) return null
  switch (payload.status) {
    case 'paused':
      return 'Paused. Nothing further starts until the session goes on.'
    case 'active':
      return before === 'paused' ? 'Goes on.' : null
    case 'completed':
      return 'Session completed; its working tree was removed, its commits stay.'
    case 'abandoned':
      return 'Session abandoned after a long time without activity.'
    case 'failed':
      return payload.problem ?? 'The session failed.'
    default:
      return null
  }
}

/** What became of merging and pushing. */
export function landingText(landing: Landing): { level: 'info' | 'error'; text: string } | null {
  if (landing.merge === 'failed' || landing.push === 'failed') {
    return {
      level: 'error',
      text:
        landing.problem ?? (landing.merge === 'failed' ? 'The merge failed.' : 'The push failed.'),
    }
  }
  if (landing.push === 'pushed') return { level: 'info', text: 'Pushed.' }
  if (landing.push === 'pushing') return null
  return landing.merge === 'merged' ? { level: 'info', text: 'Merged into the base branch.' } : null
}

/** States of a task that deserve a line of their own; the others show in the header only. */
export function outcomeOf(status: TaskStatus, detail: string): string | null {
  switch (status) {
    case 'waiting_approval':
      return 'Ready to review'
    case 'qa_failed':
      return 'Gates failed'
    case 'interrupted':
      return 'Interrupted'
    case 'failed':
      return 'Failed'
    case 'completed':
      return detail === '' ? 'Completed' : detail
    default:
      return null
  }
}

export const decisionTexts: Record<EventPayload<'decision.made'>['decision'], string> = {
  approved: 'approved the change',
  rejected: 'rejected the change',
  changes_requested: 'requested changes',
  rejection_undone: 'took the rejection back',
  cancelled: 'cancelled the task',
}

/** The text of an item that a search looks through. */
export function searchTextOf(item: TimelineItem): string {
  switch (item.kind) {
    case 'prompt':
      return item.prompt
    case 'message':
      return item.parts.map((part) => part.text).join('\n')
    case 'tool':
      return `${item.title}\n${item.summary ?? ''}\n${item.output}`
    case 'plan':
      return item.items.map((one) => one.text).join('\n')
    case 'gates':
      return item.gates.map((gate) => `${gate.name}\n${gate.command}\n${gate.output}`).join('\n')
    case 'checkpoint':
      return item.label
    case 'decision':
      return `${item.actor.name} ${decisionTexts[item.decision]} ${item.reason ?? ''}`
    case 'commit':
      return `${item.commit} ${item.branch}`
    case 'outcome':
      return `${item.detail} ${item.failure?.message ?? ''}`
    case 'notice':
      return item.text
  }
}
