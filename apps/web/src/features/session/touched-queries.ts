import type { EventType } from '@sluice/contract/events'
import type { SessionId } from '@sluice/contract/ids'
import { api } from '../../app/api.ts'

/** The queries of the session page whose answers an event has made old. */
export function queriesTouchedBy(type: EventType, sessionId: string): (readonly unknown[])[] {
  const session = api.sessions.get.key({ input: { sessionId: sessionId as SessionId } })
  const tasks = api.tasks.key()
  switch (type) {
    case 'session.created':
    case 'session.changed':
      return [session]
    case 'task.created':
    case 'decision.made':
    case 'commit.made':
    case 'landing.changed':
      return [session, tasks]
    case 'task.changed':
      return [
        session,
        tasks,
        api.review.changes.key(),
        api.review.comments.key(),
        api.gates.results.key(),
      ]
    case 'usage.added':
      return [session, tasks]
    case 'checkpoint.made':
      return [api.sessions.checkpoints.key(), session]
    case 'gate.started':
    case 'gate.ended':
      return [api.gates.results.key(), tasks]
    case 'comments.changed':
      return [api.review.comments.key()]
    default:
      return []
  }
}
