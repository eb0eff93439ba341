import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import type { SessionSearch } from '../../routes/sessions.ts'
import { confirm } from '../../ui/confirm.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { useShortcuts } from '../../ui/shortcuts.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { statusOfSession } from '../../ui/status.ts'
import { ActivityLine } from './activity-line.tsx'
import { DecisionBar } from './decision-bar.tsx'
import { decisionTask } from './decision.logic.ts'
import { PromptBox } from './prompt-box.tsx'
import { taskInView, useSessionAction } from './session-actions.ts'
import { SessionHeader } from './session-header.tsx'
import { SessionTabs } from './session-tabs.tsx'
import { SplitPane } from './split-pane.tsx'
import { Timeline, type FindState } from './timeline.tsx'
import { TimelineContextProvider, type TimelineContext } from './timeline-context.ts'
import { useSessionFeed } from './use-session-feed.ts'

/** On a phone the tabs stand below the timeline; elsewhere they are in sight already. */
function scrollToTabs(): void {
  document.querySelector('#session-tabs')?.parentElement?.scrollTo({ top: Number.MAX_SAFE_INTEGER })
}

const noTasks: readonly Task[] = []
const ended: readonly Session['status'][] = ['completed', 'abandoned', 'failed']

/** A session: its timeline and prompt box at the left, its tabs at the right, the decision below both. */
export function SessionView({
  session,
  search,
  find,
  onFind,
  onSearch,
}: {
  session: Session
  search: SessionSearch
  find: FindState
  onFind: (text: string | undefined) => void
  onSearch: (change: Partial<SessionSearch>, how?: 'replace') => void
}) {
  const { can } = useMe()
  const feed = useSessionFeed(session.id)
  const taskList = useQuery(
    api.tasks.list.queryOptions({ input: { sessionId: session.id, limit: 200 } }),
  )
  const tasks = taskList.data?.items ?? noTasks
  const byId = useMemo(() => new Map(tasks.map((task) => [task.id as string, task])), [tasks])
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const action = useSessionAction(session.id)

  const task = taskInView(tasks, search.task)
  const deciding = decisionTask(tasks)
  const queued = tasks
    .filter((one) => one.status === 'pending')
    .toSorted((a, b) => a.position - b.position)

  /** Whoever asks for a tab gets to see it, on a phone too. */
  const onTab: typeof onSearch = (change, how) => {
    onSearch(change, how)
    if (change.tab !== undefined) scrollToTabs()
  }

  useShortcuts('Session', [
    { keys: 'mod+f', label: 'Find in session', run: () => onFind(find.text ?? '') },
    { keys: '1', label: 'Changes', run: () => onTab({ tab: 'changes' }) },
    { keys: '2', label: 'Gates', run: () => onTab({ tab: 'gates' }) },
    { keys: '3', label: 'Log', run: () => onTab({ tab: 'log' }) },
    { keys: '4', label: 'Details', run: () => onTab({ tab: 'details' }) },
  ])

  async function restore(checkpointId: string, label: string): Promise<void> {
    const yes = await confirm({
      title: `Go back to “${label}”?`,
      goes: 'What was changed after it: the next task begins from there.',
      stays: 'Every commit, every later checkpoint (you can go forward again) and the timeline.',
      action: 'Go back to here',
    })
    if (!yes) return
    await action.run('Going back…', 'The next task begins where it would have', () =>
      client.sessions.restore({ sessionId: session.id, checkpointId: checkpointId as never }),
    )
  }

  const context: TimelineContext = useMemo(
    () => ({
      session,
      tasks: byId,
      canWrite: can.createTasks,
      unfolded,
      toggle: (id) =>
        setUnfolded((before) => {
          const next = new Set(before)
          if (!next.delete(id)) next.add(id)
          return next
        }),
      restore: (checkpointId, label) => void restore(checkpointId, label),
      retry: (one) =>
        void action.run('Starting…', 'The prompt was not run again', () =>
          client.tasks.retry({ taskId: one.id }),
        ),
      resume: (one) =>
        void action.run('Going on…', 'The task did not go on', () =>
          client.tasks.continue({ taskId: one.id }),
        ),
      showGates: (taskId) => onTab({ tab: 'gates', task: taskId }),
      showChanges: (taskId) =>
        onTab({ tab: 'changes', task: taskId, file: undefined, line: undefined }),
    }),
    // The callbacks read nothing that these do not cover.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [session, byId, can.createTasks, unfolded],
  )

  const left = (
    <>
      {feed.refusal !== null ? (
        <p role="alert" className="p-4 text-danger">
          {feed.refusal.message}
        </p>
      ) : feed.isCaughtUp || feed.timeline.items.length > 200 ? (
        <TimelineContextProvider value={context}>
          <Timeline
            items={feed.timeline.items}
            find={find}
            onFind={onFind}
            footer={
              <ActivityLine
                task={task}
                session={session}
                isEmpty={feed.timeline.items.length === 0}
              />
            }
          />
        </TimelineContextProvider>
      ) : (
        <div className="min-h-0 flex-1 overflow-hidden">
          <SkeletonRows rows={8} />
        </div>
      )}
      {can.createTasks && !ended.includes(session.status) && (
        <PromptBox session={session} tasks={tasks} queued={queued} />
      )}
    </>
  )

  // Without its tasks the session would look as if none had begun.
  const right = taskList.isPending ? (
    <SkeletonRows rows={8} />
  ) : taskList.data === undefined ? (
    <div className="p-4">
      <ErrorState
        title="The tasks of this session could not be read"
        error={taskList.error}
        onRetry={() => void taskList.refetch()}
      />
    </div>
  ) : (
    <SessionTabs
      session={session}
      tasks={tasks}
      task={task}
      feed={feed}
      search={search}
      canWrite={can.createTasks}
      onSearch={onTab}
      onRestore={(checkpointId, label) => void restore(checkpointId, label)}
    />
  )

  return (
    <div className="flex h-full min-h-0 flex-col">
      {/* One word when the state changes; the timeline itself stays silent. */}
      <p role="status" className="sr-only">
        {statusOfSession(session).label}
      </p>
      <SessionHeader session={session} task={task} />
      <SplitPane left={left} right={right} />
      {deciding !== undefined && (
        <DecisionBar
          key={deciding.id}
          task={deciding}
          session={session}
          onReview={() => onTab({ tab: 'changes', task: deciding.id })}
        />
      )}
    </div>
  )
}
