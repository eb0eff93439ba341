import { ShieldCheck } from 'lucide-react'
import { formatDuration, plural } from '../../ui/format.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import { gateStatuses } from '../../ui/status.ts'
import { OutputView } from './output-view.tsx'
import { useTimelineContext } from './timeline-context.ts'
import type { ItemOf } from './timeline-types.ts'

/** The gates of one round: each with state and time, its output one key away. */
export function GatesItemView({ item }: { item: ItemOf<'gates'> }) {
  const { unfolded, toggle, showGates } = useTimelineContext()
  const total = Math.max(item.gates[0]?.total ?? 0, item.gates.length)
  const passed = item.gates.filter((gate) => gate.status === 'passed').length
  return (
    <section className="my-1 min-w-0 rounded-md border border-border bg-surface">
      <header className="flex min-h-9 items-center gap-2 border-b border-separator px-3 text-list">
        <ShieldCheck size={14} aria-hidden className="text-muted" />
        <span className="font-medium">Gates</span>
        <span className="text-muted">
          {passed} of {plural(total, 'gate')} passed{item.round > 0 && ` · fix round ${item.round}`}
        </span>
        {item.taskId !== null && (
          <button
            type="button"
            onClick={() => showGates(item.taskId ?? '')}
            className="ml-auto cursor-pointer rounded text-xs text-link hover:underline"
          >
            Details
          </button>
        )}
      </header>
      <ul className="divide-y divide-separator">
        {item.gates.map((gate) => {
          const id = `gate:${gate.id}`
          const isOpen = unfolded.has(id)
          return (
            <li key={gate.id} className="min-w-0 px-3 py-1.5">
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => toggle(id)}
                className="flex w-full min-w-0 cursor-pointer items-center gap-3 rounded text-left text-list"
              >
                <span className="w-28 shrink-0">
                  <StatusMark status={gateStatuses[gate.status]} />
                </span>
                <span className="shrink-0 font-medium">{gate.name}</span>
                <code className="min-w-0 truncate font-mono text-xs text-muted">
                  {gate.command}
                </code>
                <span className="ml-auto shrink-0 text-xs text-muted tabular-nums">
                  {gate.exitCode !== null && gate.exitCode !== 0 && `exit ${gate.exitCode} · `}
                  {gate.durationMs !== null && formatDuration(gate.durationMs)}
                </span>
              </button>
              {isOpen && (
                <div className="mt-2 mb-1">
                  {gate.output === '' ? (
                    <p className="text-list text-muted">No output yet.</p>
                  ) : (
                    <OutputView
                      text={gate.output}
                      label={`Output of ${gate.name}`}
                      isFollowing={gate.status === 'running'}
                    />
                  )}
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
