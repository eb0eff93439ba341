import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { sessionStatuses, taskStatuses } from '../../ui/status.ts'

const live: readonly Task['status'][] = [
  'pending',
  'pre_flight',
  'running',
  'waiting_qa',
  'qa_running',
  'approved',
]

/** What happens at this moment, as the server said it last: the timeline's last line while something runs. */
export function ActivityLine({
  task,
  session,
  isEmpty,
}: {
  task: Task | undefined
  session: Session
  isEmpty: boolean
}) {
  if (session.status === 'provisioning') {
    return (
      <p className="flex items-center gap-2 py-1">
        <StatusMark status={sessionStatuses.provisioning} />
        <span className="text-list text-muted">the working tree and the sandbox</span>
      </p>
    )
  }
  if (task !== undefined && live.includes(task.status)) {
    return (
      <p className="flex min-w-0 items-center gap-2 py-1">
        <StatusMark status={taskStatuses[task.status]} />
        <span className="min-w-0 truncate text-list text-muted">{task.detail}</span>
        <RelativeTime at={task.statusSince} className="ml-auto text-xs text-muted" />
      </p>
    )
  }
  if (isEmpty)
    return <p className="py-8 text-center text-muted">Nothing has happened in this session yet.</p>
  return null
}
