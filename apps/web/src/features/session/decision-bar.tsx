import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { FileDiff } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { ChangedLines } from '../../ui/changed-lines.tsx'
import { Cost } from '../../ui/cost.tsx'
import { plural } from '../../ui/format.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import { useShortcuts } from '../../ui/shortcuts.ts'
import { gateStatuses, taskStatuses } from '../../ui/status.ts'
import { ApprovePanel } from './approve-panel.tsx'
import { Backquoted } from './backquoted.tsx'
import { gatesText, landingText } from './decision.logic.ts'
import { RejectPanel, RequestChangesPanel } from './decision-panels.tsx'
import { useSessionAction } from './session-actions.ts'

type Panel = 'approve' | 'changes' | 'reject'

/** The change in one line: files, lines, gates, cost. */
function Summary({ task }: { task: Task }) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-list">
      <StatusMark status={taskStatuses[task.status]} />
      <span className="text-muted max-sm:hidden">Task {task.number}</span>
      {task.change !== null && (
        <span className="flex items-center gap-2 whitespace-nowrap">
          {plural(task.change.files, 'file')}{' '}
          <ChangedLines additions={task.change.additions} deletions={task.change.deletions} />
        </span>
      )}
      <span className="flex items-center gap-1 whitespace-nowrap" title={gatesText(task)}>
        {task.gates.map((gate) => (
          <StatusMark key={gate.id} status={gateStatuses[gate.status]} name={gate.name} compact />
        ))}
        <span className="text-muted">{gatesText(task)}</span>
      </span>
      <Cost micros={task.costMicros} className="text-muted max-sm:hidden" />
    </div>
  )
}

/** In sight for as long as a decision waits: what it is about, what can be decided, and what then happens. */
export function DecisionBar({
  task,
  session,
  onReview,
}: {
  task: Task
  session: Session
  onReview: () => void
}) {
  const [panel, setPanel] = useState<Panel | null>(null)
  const action = useSessionAction(session.id)
  const isReviewed = task.actions.approve || task.actions.reject || task.actions.requestChanges
  const comments = useQuery({
    ...api.review.comments.queryOptions({ input: { taskId: task.id } }),
    enabled: isReviewed,
  })
  const drafts = comments.data?.items.filter((comment) => comment.status === 'draft') ?? []
  const isBusy = action.pending !== undefined
  const toggle = (next: Panel) => setPanel(panel === next ? null : next)
  const { actions, id: taskId } = task
  const landing = landingText(task, session)
  useShortcuts('Decision', [
    ...(actions.approve
      ? [{ keys: 'a', label: 'Approve: look at the message', run: () => toggle('approve') }]
      : []),
    ...(actions.requestChanges
      ? [{ keys: 'r', label: 'Request changes', run: () => toggle('changes') }]
      : []),
    ...(actions.reject
      ? [{ keys: 'x', label: 'Reject, with a reason', run: () => toggle('reject') }]
      : []),
  ])

  return (
    <section
      aria-label="Decision"
      className="max-h-[70dvh] shrink-0 overflow-y-auto border-t-2 border-warning/60 bg-surface px-3 py-2 sm:px-4"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Summary task={task} />
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full max-sm:flex-nowrap max-sm:gap-1.5 max-sm:[&>*]:flex-1 max-sm:[&>*]:px-2">
          {task.change !== null && (
            <Button
              variant="ghost"
              icon={<FileDiff size={14} aria-hidden />}
              onPress={onReview}
              className="lg:hidden"
            >
              Review
            </Button>
          )}
          {actions.requestChanges && (
            <Button aria-expanded={panel === 'changes'} onPress={() => toggle('changes')}>
              <span className="max-sm:sr-only">Request changes</span>
              <span aria-hidden className="sm:hidden">
                Changes
              </span>
              {drafts.length > 0 && ` (${drafts.length})`}
            </Button>
          )}
          {actions.reject && (
            <Button aria-expanded={panel === 'reject'} onPress={() => toggle('reject')}>
              Reject
            </Button>
          )}
          {actions.approve && (
            <Button
              variant="primary"
              aria-expanded={panel === 'approve'}
              onPress={() => toggle('approve')}
            >
              Approve
            </Button>
          )}
          {actions.undoReject && (
            <Button
              pending={action.pending}
              onPress={() =>
                void action.run('Bringing it back…', 'The rejection stands', () =>
                  client.tasks.undoReject({ taskId }),
                )
              }
            >
              Undo the rejection
            </Button>
          )}
          {actions.commit && (
            <Button
              variant="primary"
              pending={action.pending}
              onPress={() =>
                void action.run('Committing…', 'The commit failed', () =>
                  client.tasks.commit({ taskId }),
                )
              }
            >
              {task.failure === null ? 'Commit' : 'Try the commit again'}
            </Button>
          )}
          {actions.push && (
            <Button
              isDisabled={isBusy || task.landing.push === 'pushing'}
              pending={task.landing.push === 'pushing' ? 'Pushing…' : undefined}
              onPress={() =>
                void action.run('Pushing…', 'The push failed', () => client.tasks.push({ taskId }))
              }
            >
              Push
            </Button>
          )}
          {actions.merge && (
            <Button
              variant="primary"
              pending={action.pending}
              onPress={() =>
                void action.run('Merging…', 'The merge failed', () =>
                  client.tasks.merge({ taskId }),
                )
              }
            >
              Merge
            </Button>
          )}
        </div>
      </div>
      {task.failure !== null && (
        <p className="mt-1 text-list text-danger">{task.failure.message}</p>
      )}
      {task.landing.problem !== null && (
        <p className="mt-1 text-list text-danger">{task.landing.problem}</p>
      )}
      {landing !== undefined && (
        <p className="mt-1 text-list text-muted">
          <Backquoted>{landing}</Backquoted>
        </p>
      )}
      {task.status === 'rejected' && (
        <p className="mt-1 text-list text-muted">
          Nothing of this change is in the repository. The change is kept and can be brought back.
        </p>
      )}
      {panel === 'approve' && actions.approve && (
        <ApprovePanel
          key={task.id}
          task={task}
          session={session}
          action={action}
          onDone={() => setPanel(null)}
        />
      )}
      {panel === 'changes' && actions.requestChanges && (
        <RequestChangesPanel
          key={task.id}
          task={task}
          drafts={drafts}
          action={action}
          onDone={() => setPanel(null)}
        />
      )}
      {panel === 'reject' && actions.reject && (
        <RejectPanel key={task.id} task={task} action={action} onDone={() => setPanel(null)} />
      )}
    </section>
  )
}
