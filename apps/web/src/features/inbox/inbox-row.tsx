import { Link } from '@tanstack/react-router'
import type { InboxItem } from '@sluice/contract/inbox'
import { AlarmClockOff, Check, Clock } from 'lucide-react'
import { Button, IconButton } from '../../ui/button.tsx'
import { formatExact } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { itemStatuses, tomorrowMorning } from './inbox.logic.ts'

/** One thing that waits: what and where, since when, and the two things one can do without opening it. */
export function InboxRow({
  item,
  index,
  isSelected,
  isApproving,
  onSelect,
  onApprove,
  onSnooze,
}: {
  item: InboxItem
  index: number
  isSelected: boolean
  isApproving: boolean
  onSelect: () => void
  onApprove: () => void
  onSnooze: (until: string | null) => void
}) {
  return (
    <li
      data-row={index}
      aria-current={isSelected ? 'true' : undefined}
      className={`relative flex min-h-16 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 first:rounded-t-lg last:rounded-b-lg hover:bg-surface-secondary ${isSelected ? 'bg-surface-secondary shadow-[inset_2px_0_var(--accent)]' : ''}`}
    >
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex min-w-0 items-center gap-2">
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: item.sessionId }}
            search={{ task: item.taskId, tab: item.kind === 'gates_failed' ? 'gates' : 'changes' }}
            onFocus={onSelect}
            className="truncate font-medium after:absolute after:inset-0"
          >
            {item.title}
          </Link>
          <span className="shrink-0 text-list text-muted">{item.repositoryName}</span>
        </div>
        <div className="flex min-w-0 items-center gap-3 text-list">
          <StatusMark status={itemStatuses[item.kind]} />
          <span className="truncate text-muted">{item.text}</span>
        </div>
      </div>
      <div className="relative flex shrink-0 items-center gap-2 max-sm:w-full">
        {item.snoozedUntil !== null && (
          <span className="text-xs text-muted">until {formatExact(item.snoozedUntil)}</span>
        )}
        <RelativeTime at={item.since} className="text-list text-muted max-sm:mr-auto" />
        {item.snoozedUntil === null ? (
          <IconButton
            label="Snooze until tomorrow (S)"
            icon={<Clock aria-hidden />}
            onPress={() => onSnooze(tomorrowMorning())}
          />
        ) : (
          <IconButton
            label="Bring back"
            icon={<AlarmClockOff aria-hidden />}
            onPress={() => onSnooze(null)}
          />
        )}
        {item.canApprove && (
          <Button
            icon={<Check aria-hidden />}
            onPress={onApprove}
            pending={isApproving ? 'Approving…' : undefined}
          >
            Approve
          </Button>
        )}
      </div>
    </li>
  )
}
