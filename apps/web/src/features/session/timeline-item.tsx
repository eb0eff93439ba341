import {
  BookmarkCheck,
  Circle,
  CircleCheck,
  CircleDot,
  GitCommitHorizontal,
  Info,
  ListTodo,
  OctagonX,
  TriangleAlert,
  UserRound,
} from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { Code, CopyButton } from '../../ui/copy-button.tsx'
import { AttachmentList } from '../attachments/attachment-views.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { taskStatuses } from '../../ui/status.ts'
import { GatesItemView } from './gates-item.tsx'
import { MessageItemView } from './message-item.tsx'
import { decisionTexts } from './timeline-texts.logic.ts'
import { useTimelineContext } from './timeline-context.ts'
import type { ItemOf, TimelineItem } from './timeline-types.ts'
import { ToolItemView } from './tool-item.tsx'

/** A line of the timeline with its sign, its words and its age. */
function Line({
  icon,
  at,
  action,
  children,
}: {
  icon: ReactNode
  at: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="group flex min-h-7 min-w-0 items-baseline gap-2 px-1 py-1 text-list">
      <span className="translate-y-0.5 shrink-0 text-muted">{icon}</span>
      <div className="min-w-0 flex-1 break-words">{children}</div>
      {action}
      <RelativeTime at={at} className="shrink-0 text-xs text-muted" />
    </div>
  )
}

function PromptView({ item }: { item: ItemOf<'prompt'> }) {
  const { tasks, unfolded, toggle } = useTimelineContext()
  const task = tasks.get(item.taskId ?? '')
  const prompt = task?.prompt ?? item.prompt
  const isLong = prompt.length > 1500
  const isOpen = unfolded.has(item.id)
  return (
    <article className="mt-3 mb-2 rounded-lg border border-accent/25 bg-accent-soft px-3 py-2">
      <header className="mb-1 flex items-center gap-2 text-xs text-muted">
        <UserRound size={13} aria-hidden />
        <span className="font-medium text-foreground">{item.actor.name}</span>
        <span>Task {item.number}</span>
        <RelativeTime at={item.at} className="ml-auto" />
      </header>
      <div className="whitespace-pre-wrap break-words">
        {isLong && !isOpen ? `${prompt.slice(0, 1500)}…` : prompt}
      </div>
      {isLong && (
        <button
          type="button"
          className="mt-1 cursor-pointer text-list text-link hover:underline"
          onClick={() => toggle(item.id)}
        >
          {isOpen ? 'Show less' : 'Show all of it'}
        </button>
      )}
      <AttachmentList attachments={task?.attachments ?? []} />
    </article>
  )
}

const planIcons = {
  pending: { Icon: Circle, look: 'text-muted', word: 'To do' },
  in_progress: { Icon: CircleDot, look: 'text-accent', word: 'Now' },
  completed: { Icon: CircleCheck, look: 'text-success', word: 'Done' },
}

function PlanView({ item }: { item: ItemOf<'plan'> }) {
  const done = item.items.filter((one) => one.status === 'completed').length
  return (
    <section className="my-1 rounded-md border border-border bg-surface px-3 py-2 text-list">
      <h3 className="mb-1 flex items-center gap-2">
        <ListTodo size={14} aria-hidden className="text-muted" />
        <span className="font-medium">Plan</span>
        <span className="text-muted">
          {done} of {item.items.length} done
        </span>
      </h3>
      <ul className="grid gap-0.5">
        {item.items.map((one, at) => {
          const { Icon, look, word } = planIcons[one.status]
          return (
            // A plan's points are told apart by their place: the agent writes the whole list anew.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at} className="flex items-start gap-2">
              <Icon size={14} className={`mt-0.5 shrink-0 ${look}`} role="img" aria-label={word} />
              <span className={one.status === 'completed' ? 'text-muted' : ''}>{one.text}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function CheckpointView({ item }: { item: ItemOf<'checkpoint'> }) {
  const { canWrite, restore } = useTimelineContext()
  return (
    <Line
      icon={<BookmarkCheck size={14} aria-hidden />}
      at={item.at}
      action={
        canWrite && (
          <button
            type="button"
            onClick={() => restore(item.checkpointId, item.label)}
            className="shrink-0 cursor-pointer rounded px-1 text-xs text-link hover:underline"
          >
            Go back to here
          </button>
        )
      }
    >
      <span className="text-muted">Checkpoint:</span> {item.label}
    </Line>
  )
}

function OutcomeView({ item }: { item: ItemOf<'outcome'> }) {
  const { tasks, retry, resume, showChanges, showGates, canWrite } = useTimelineContext()
  const task = tasks.get(item.taskId ?? '')
  // Only what the task is in now can be acted on; an older outcome is history.
  const isNow = task?.status === item.status
  return (
    <div className="my-1 rounded-md border border-border bg-surface px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StatusMark status={taskStatuses[item.status]} />
        <span className="min-w-0 flex-1 text-list break-words">
          {item.failure?.message ?? item.detail}
        </span>
        <RelativeTime at={item.at} className="text-xs text-muted" />
      </div>
      {isNow && task !== undefined && (
        <div className="mt-2 flex flex-wrap gap-2 empty:hidden">
          {canWrite && task.actions.continue && (
            <Button onPress={() => resume(task)}>Continue</Button>
          )}
          {canWrite && task.actions.retry && item.status !== 'completed' && (
            <Button onPress={() => retry(task)}>Run again from the start</Button>
          )}
          {item.status === 'waiting_approval' && (
            <Button onPress={() => showChanges(task.id)}>Review changes</Button>
          )}
          {item.status === 'qa_failed' && (
            <Button onPress={() => showGates(task.id)}>See gates</Button>
          )}
        </div>
      )}
    </div>
  )
}

const noticeLooks = {
  info: <Info size={14} aria-hidden />,
  warning: <TriangleAlert size={14} className="text-warning" aria-label="Warning" />,
  error: <OctagonX size={14} className="text-danger" aria-label="Error" />,
}

/** One item of the timeline, by its kind. */
export const TimelineItemView = memo(function TimelineItemView({ item }: { item: TimelineItem }) {
  switch (item.kind) {
    case 'prompt':
      return <PromptView item={item} />
    case 'message':
      return <MessageItemView item={item} />
    case 'tool':
      return <ToolItemView item={item} />
    case 'plan':
      return <PlanView item={item} />
    case 'gates':
      return <GatesItemView item={item} />
    case 'checkpoint':
      return <CheckpointView item={item} />
    case 'outcome':
      return <OutcomeView item={item} />
    case 'decision':
      return (
        <Line icon={<UserRound size={14} aria-hidden />} at={item.at}>
          <span className="font-medium">{item.actor.name}</span> {decisionTexts[item.decision]}
          {item.reason !== null && item.reason !== '' && (
            <blockquote className="mt-1 border-l-2 border-border pl-2 whitespace-pre-wrap text-muted">
              {item.reason}
            </blockquote>
          )}
        </Line>
      )
    case 'commit':
      return (
        <Line icon={<GitCommitHorizontal size={14} aria-hidden />} at={item.at}>
          Committed <code className="font-mono text-xs">{item.commit.slice(0, 12)}</code>
          <CopyButton text={item.commit} label="Copy commit id" /> on <Code>{item.branch}</Code>
        </Line>
      )
    case 'notice':
      return (
        <Line icon={noticeLooks[item.level]} at={item.at}>
          {item.text}
        </Line>
      )
  }
})
