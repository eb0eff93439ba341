import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { GitCompareArrows } from 'lucide-react'
import { lazy, Suspense } from 'react'
import type { SessionSearch, SessionTab } from '../../routes/sessions.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { gateStatuses } from '../../ui/status.ts'
import { DetailsTab } from './details-tab.tsx'
import { GatesTab } from './gates-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { TabList } from './tab-list.tsx'
import type { SessionFeed } from './use-session-feed.ts'

const ChangesTab = lazy(() => import('../review/changes-tab.tsx'))

/** Changes, gates, log and details of the task in view, which is chosen beside the tabs where there are several. */
export function SessionTabs({
  session,
  tasks,
  task,
  feed,
  search,
  canWrite,
  onSearch,
  onRestore,
}: {
  session: Session
  tasks: readonly Task[]
  task: Task | undefined
  feed: SessionFeed
  search: SessionSearch
  canWrite: boolean
  onSearch: (change: Partial<SessionSearch>, how?: 'replace') => void
  onRestore: (checkpointId: string, label: string) => void
}) {
  const tab: SessionTab = search.tab ?? 'changes'
  return (
    <>
      <div className="flex min-w-0 items-stretch">
        <div className="min-w-0 flex-1">
          <TabList
            label="Parts of the session"
            selected={tab}
            onSelect={(next) => onSearch({ tab: next })}
            tabs={[
              {
                id: 'changes',
                label: 'Changes',
                mark: task?.change !== null && task?.change !== undefined && (
                  <span className="text-xs text-muted tabular-nums">{task.change.files}</span>
                ),
              },
              {
                id: 'gates',
                label: 'Gates',
                mark: (
                  <span className="flex gap-0.5">
                    {task?.gates.map((gate) => (
                      <StatusMark
                        key={gate.id}
                        status={gateStatuses[gate.status]}
                        name={gate.name}
                        compact
                      />
                    ))}
                  </span>
                ),
              },
              { id: 'log', label: 'Log' },
              { id: 'details', label: 'Details' },
            ]}
          />
        </div>
        {tasks.length > 1 && task !== undefined && (
          <label className="flex shrink-0 items-center border-b border-separator pr-2">
            <span className="sr-only">Task</span>
            <select
              value={task.id}
              onChange={(event) =>
                onSearch({ task: event.target.value, file: undefined, line: undefined })
              }
              className="h-7 max-w-40 cursor-pointer rounded border border-border bg-surface px-1 text-list max-sm:max-w-18"
            >
              {tasks
                .toSorted((a, b) => b.number - a.number)
                .map((one) => (
                  <option key={one.id} value={one.id}>
                    Task {one.number}
                  </option>
                ))}
            </select>
          </label>
        )}
      </div>
      <div
        id="tab-panel"
        role="tabpanel"
        aria-labelledby={`tab-${tab}`}
        className="min-h-0 flex-1 overflow-y-auto"
      >
        {tab === 'changes' && task !== undefined && (
          <Suspense fallback={<SkeletonRows rows={8} />}>
            <ChangesTab
              task={task}
              session={session}
              file={search.file}
              line={search.line}
              canWrite={canWrite && task.actions.requestChanges}
              onOpenFile={(file) => onSearch({ file, line: undefined }, 'replace')}
            />
          </Suspense>
        )}
        {tab === 'gates' && task !== undefined && (
          <GatesTab key={task.id} task={task} session={session} timeline={feed.timeline} />
        )}
        {tab === 'log' && <LogTab events={feed.events} isCaughtUp={feed.isCaughtUp} task={task} />}
        {tab === 'details' && (
          <DetailsTab
            session={session}
            tasks={tasks}
            canWrite={canWrite}
            onTask={(taskId) =>
              onSearch({ task: taskId, tab: 'changes', file: undefined, line: undefined })
            }
            onRestore={onRestore}
          />
        )}
        {task === undefined && (tab === 'changes' || tab === 'gates') && (
          <EmptyState icon={GitCompareArrows} title="Nothing to see yet">
            This fills as soon as the first task begins.
          </EmptyState>
        )}
      </div>
    </>
  )
}
