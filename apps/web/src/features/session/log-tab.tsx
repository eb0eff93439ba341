import type { StreamEvent } from '@sluice/contract/events'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { api } from '../../app/api.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { InlineError } from '../../ui/error-state.tsx'
import { formatClock, formatDuration, formatExact } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import type { Status } from '../../ui/status.ts'

const stepLooks: Record<string, Status> = {
  running: { label: 'Running', tone: 'accent', shape: 'running' },
  completed: { label: 'Done', tone: 'success', shape: 'done' },
  failed: { label: 'Failed', tone: 'danger', shape: 'failed' },
  cancelled: { label: 'Cancelled', tone: 'muted', shape: 'stopped' },
}

/** The durable steps of the task's run, as the engine keeps them. */
function RunSteps({ task }: { task: Task }) {
  const steps = useQuery({
    ...api.runs.steps.queryOptions({ input: { runId: task.runId! } }),
    enabled: task.runId !== null,
  })
  if (steps.isError) {
    return (
      <div className="border-b border-separator p-2">
        <InlineError error={steps.error} />
      </div>
    )
  }
  if (task.runId === null || steps.isPending) return null
  return (
    <details className="group shrink-0 border-b border-separator">
      <summary className="flex h-9 cursor-pointer list-none items-center gap-2 px-3 text-list">
        <ChevronRight size={14} aria-hidden className="text-muted group-open:rotate-90" />
        <span className="font-medium">Steps of the run</span>
        <span className="text-muted">{steps.data.items.length}</span>
      </summary>
      <ol className="max-h-64 divide-y divide-separator overflow-y-auto border-t border-separator">
        {steps.data.items.map((step) => (
          <li
            key={`${step.position}:${step.attempt}`}
            className="flex min-h-8 items-center gap-3 px-3 py-1 text-list"
          >
            <span className="w-8 shrink-0 text-right text-xs text-muted tabular-nums">
              {step.position}
            </span>
            <span className="w-24 shrink-0">
              <StatusMark status={stepLooks[step.status] ?? stepLooks['running']!} />
            </span>
            <span className="min-w-0 flex-1 truncate" title={step.error ?? undefined}>
              {step.name}
              {step.attempt > 1 && <span className="text-muted"> · attempt {step.attempt}</span>}
              {step.error !== null && <span className="text-danger"> · {step.error}</span>}
            </span>
            <span className="shrink-0 text-xs text-muted tabular-nums">
              {step.endedAt !== null &&
                formatDuration(Date.parse(step.endedAt) - Date.parse(step.startedAt))}
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}

/** Every event of the session as the log holds it: filtered by text, unfolded to its whole payload. */
export function LogTab({
  events,
  isCaughtUp,
  task,
}: {
  events: readonly StreamEvent[]
  isCaughtUp: boolean
  task: Task | undefined
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const [filter, setFilter] = useState('')
  const [open, setOpen] = useState<number | null>(null)
  const wanted = filter.trim().toLowerCase()
  const shown = useMemo(
    () =>
      wanted === ''
        ? events
        : events.filter(
            (event) =>
              event.type.includes(wanted) ||
              JSON.stringify(event.payload).toLowerCase().includes(wanted),
          ),
    [events, wanted],
  )
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => shown[at]?.seq ?? at,
    estimateSize: () => 29,
    overscan: 12,
    anchorTo: 'end',
    followOnAppend: true,
    initialOffset: Number.MAX_SAFE_INTEGER,
  })
  return (
    <div className="flex h-full min-h-0 flex-col">
      {task !== undefined && <RunSteps task={task} />}
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-separator px-3">
        <input
          type="search"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          aria-label="Filter events"
          placeholder="Filter by type or text"
          className="min-w-0 flex-1 bg-transparent text-list outline-none placeholder:text-muted"
        />
        <span className="text-xs text-muted tabular-nums">
          {shown.length} of {events.length} events
        </span>
      </div>
      {!isCaughtUp && events.length === 0 && <SkeletonRows rows={8} rowHeight="h-7" />}
      {wanted !== '' && shown.length === 0 && (
        <p role="status" className="px-3 py-4 text-list text-muted">
          No event holds “{filter.trim()}”.
        </p>
      )}
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
        <ol className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((row) => {
            const event = shown[row.index]
            if (event === undefined) return null
            const payload = JSON.stringify(event.payload)
            return (
              <li
                key={row.key}
                ref={virtualizer.measureElement}
                data-index={row.index}
                className="absolute inset-x-0 top-0 border-b border-separator"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <button
                  type="button"
                  aria-expanded={open === event.seq}
                  onClick={() => setOpen(open === event.seq ? null : event.seq)}
                  className="flex min-h-7 w-full min-w-0 cursor-pointer items-center gap-3 px-3 text-left font-mono text-xs hover:bg-surface-secondary"
                >
                  <span className="w-10 shrink-0 text-right text-muted tabular-nums">
                    {event.seq}
                  </span>
                  <time
                    dateTime={event.at}
                    title={formatExact(event.at)}
                    className="shrink-0 text-muted tabular-nums max-sm:hidden"
                  >
                    {formatClock(event.at)}
                  </time>
                  <span className="shrink-0">{event.type}</span>
                  <span className="truncate text-muted">{payload.slice(0, 300)}</span>
                </button>
                {open === event.seq && (
                  <div className="relative px-3 pb-2">
                    <span className="absolute top-1 right-4">
                      <CopyButton text={JSON.stringify(event, null, 2)} label="Copy event" />
                    </span>
                    <pre className="max-h-96 overflow-auto rounded-md bg-surface-secondary p-2 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
                      {JSON.stringify(event.payload, null, 2)}
                    </pre>
                  </div>
                )}
              </li>
            )
          })}
        </ol>
      </div>
    </div>
  )
}
