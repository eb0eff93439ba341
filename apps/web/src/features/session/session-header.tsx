import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { Bot, Disc, GitBranch, ShieldOff } from 'lucide-react'
import { api } from '../../app/api.ts'
import { Code } from '../../ui/copy-button.tsx'
import { Cost } from '../../ui/cost.tsx'
import { formatCost } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { statusOfSession } from '../../ui/status.ts'

/** What the session spent, and how much of what one task may spend its newest task has used. */
function CostOfBudget({ session, task }: { session: Session; task: Task | undefined }) {
  const settings = useQuery(api.settings.get.queryOptions())
  const budget = settings.data?.maxCostMicrosPerTask
  const spent = task?.costMicros ?? null
  const share = budget === undefined || budget === 0 || spent === null ? null : spent / budget
  const tone = share !== null && share >= 0.8 ? 'text-warning' : 'text-muted'
  return (
    <span
      className={`flex items-center gap-1 text-list ${tone}`}
      title={`This task: ${spent === null ? 'price not known' : formatCost(spent)}${budget === undefined ? '' : ` of ${formatCost(budget)} it may cost`}. Whole session: ${session.costMicros === null ? 'price not known' : formatCost(session.costMicros)}.`}
    >
      <Cost micros={session.costMicros} className="text-foreground" />
      {budget !== undefined && (
        <span className="whitespace-nowrap tabular-nums max-sm:hidden">
          · task {spent === null ? '–' : formatCost(spent)} of {formatCost(budget)}
        </span>
      )}
    </span>
  )
}

/** The session in one strip: what it is, how it stands since when, who works with which model, where, at what cost. */
export function SessionHeader({ session, task }: { session: Session; task: Task | undefined }) {
  const providers = useQuery(api.providers.list.queryOptions())
  const provider = providers.data?.items.find((one) => one.id === session.agent.providerId)
  const isTaskState = session.status === 'active' && session.task !== null
  return (
    <header className="shrink-0 border-b border-separator bg-surface px-3 py-2 sm:px-4">
      <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 max-sm:gap-x-3">
        <span className="flex items-center gap-1.5">
          <StatusMark status={statusOfSession(session)} />
          <span className="text-xs text-muted">
            <RelativeTime
              at={
                isTaskState
                  ? (session.task?.statusSince ?? session.statusSince)
                  : session.statusSince
              }
            />
          </span>
        </span>
        <span
          className="flex min-w-0 items-center gap-1.5 text-list max-sm:hidden"
          title="Agent and model"
        >
          <Bot size={14} aria-hidden className="shrink-0 text-muted" />
          <span className="truncate">
            Built-in agent · {provider === undefined ? '' : `${provider.name} · `}
            {session.agent.modelId}
          </span>
        </span>
        {session.isRecorded && (
          <span
            className="flex items-center gap-1 rounded bg-accent-soft px-1.5 text-xs font-medium text-accent"
            title="A recording answers in place of a model: nothing is sent to anybody"
          >
            <Disc size={12} aria-hidden /> Recorded
          </span>
        )}
        <span className="flex min-w-0 items-center gap-1.5 max-sm:hidden">
          <GitBranch size={14} aria-hidden className="shrink-0 text-muted" />
          <Code copyLabel="Copy branch">{session.branch}</Code>
        </span>
        <CostOfBudget session={session} task={task} />
      </div>
      {!session.isIsolated && (
        <p
          role="note"
          className="mt-2 flex items-start gap-1.5 rounded-md bg-warning-soft px-2 py-1 text-list text-warning"
        >
          <ShieldOff size={14} className="mt-0.5 shrink-0" aria-hidden />
          <span>
            Not sandboxed: commands run on this machine
            <span className="max-sm:hidden">, with its files and its network</span>.
          </span>
        </p>
      )}
      {session.problem !== null && session.problem !== '' && (
        <p role="alert" className="mt-2 rounded-md bg-danger-soft px-2 py-1 text-list text-danger">
          {session.problem}
        </p>
      )}
    </header>
  )
}
