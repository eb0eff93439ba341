import { Link } from '@tanstack/react-router'
import type { Session } from '@sluice/contract/session'
import { FlaskConical, GitBranch, TriangleAlert } from 'lucide-react'
import { ChangedLines } from '../../ui/changed-lines.tsx'
import { Cost } from '../../ui/cost.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { gateStatuses, statusOfSession } from '../../ui/status.ts'

/** One session in a list: title, where, what happens, gates as small marks, lines, cost, age. */
export function SessionRow({
  session,
  index,
  isSelected = false,
  onSelect,
  hideRepository = false,
}: {
  session: Session
  index: number
  isSelected?: boolean
  onSelect?: () => void
  hideRepository?: boolean
}) {
  const gates = session.task?.gates ?? []
  return (
    <li
      data-row={index}
      className={`relative grid min-h-15 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-2 text-list hover:bg-surface-secondary md:grid-cols-[minmax(0,1fr)_9.5rem_4.5rem_6.5rem_4.5rem_4.5rem] ${isSelected ? 'bg-surface-secondary shadow-[inset_2px_0_var(--accent)]' : ''}`}
    >
      <div className="min-w-0">
        <div className="flex min-w-0 items-center gap-2">
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: session.id }}
            onFocus={onSelect}
            className="truncate text-sm font-medium after:absolute after:inset-0"
          >
            {session.title}
          </Link>
          {session.isRecorded && (
            <span
              title="A recording answers in place of a model"
              className="inline-flex shrink-0 items-center gap-1 text-xs text-muted"
            >
              <FlaskConical size={12} aria-hidden />
              recorded
            </span>
          )}
          {!session.isIsolated && (
            <span
              title="Commands run on the host, without a sandbox"
              className="inline-flex shrink-0 items-center gap-1 text-xs text-warning"
            >
              <TriangleAlert size={12} aria-hidden />
              unsandboxed
            </span>
          )}
        </div>
        <div className="flex min-w-0 items-center gap-1.5 text-muted">
          {!hideRepository && (
            <span className="shrink-0 max-w-40 truncate">{session.repositoryName}</span>
          )}
          <GitBranch size={12} aria-hidden className="shrink-0" />
          <span className="max-w-48 shrink-0 truncate font-mono text-xs max-lg:hidden">
            {session.branch}
          </span>
          <span className="truncate" title={session.lastActivity}>
            {session.lastActivity}
          </span>
        </div>
      </div>
      <StatusMark status={statusOfSession(session)} />
      <span className="flex flex-wrap items-center gap-1 max-md:hidden">
        {gates.map((gate) => (
          <StatusMark key={gate.id} compact name={gate.name} status={gateStatuses[gate.status]} />
        ))}
      </span>
      <span className="text-right max-md:hidden">
        {session.additions + session.deletions > 0 && (
          <ChangedLines additions={session.additions} deletions={session.deletions} />
        )}
      </span>
      <Cost micros={session.costMicros} className="text-right max-md:hidden" />
      <RelativeTime at={session.lastActivityAt} className="text-right text-muted max-md:hidden" />
    </li>
  )
}
