import { SessionGroup, taskStatesOfGroup, type Session } from '@sluice/contract/session'

export const groupLabels: Record<SessionGroup, string> = {
  needs_decision: 'Needs a decision',
  running: 'Running',
  others: 'Others',
}

const waiting: ReadonlySet<string> = new Set(taskStatesOfGroup.needs_decision)
const running: ReadonlySet<string> = new Set(taskStatesOfGroup.running)

/** The same as the server's filter by group. */
export function groupOf(session: Pick<Session, 'status' | 'task'>): SessionGroup {
  if (session.status === 'provisioning') return 'running'
  if (session.status === 'failed') return 'needs_decision'
  if (session.status === 'completed' || session.status === 'abandoned') return 'others'
  if (session.task === null) return 'others'
  if (waiting.has(session.task.status)) return 'needs_decision'
  return running.has(session.task.status) && session.status !== 'paused' ? 'running' : 'others'
}

/** The rows by group, in the order in which they matter; empty groups are left out. */
export function groupSessions<S extends Pick<Session, 'status' | 'task'>>(
  sessions: readonly S[],
): { group: SessionGroup; sessions: S[] }[] {
  return SessionGroup.options
    .map((group) => ({ group, sessions: sessions.filter((session) => groupOf(session) === group) }))
    .filter((part) => part.sessions.length > 0)
}
