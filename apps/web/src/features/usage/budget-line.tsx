import type { UsageBudget } from '@sluice/contract/usage'
import { ButtonLink } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { formatCost, plural } from '../../ui/format.ts'
import { budgetShare, budgetWarning } from './usage.logic.ts'

const month = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** What is left of the month's budget, or that there is none. */
export function BudgetLine({ budget, canEdit }: { budget: UsageBudget; canEdit: boolean }) {
  const { limitMicros, spentMicros, callsWithoutPrice, since } = budget
  const share = budgetShare(limitMicros, spentMicros)
  const change = (
    <ButtonLink to="/settings/$section" params={{ section: 'limits' }}>
      {share === undefined ? 'Set a budget' : 'Change'}
    </ButtonLink>
  )
  const name = month.format(Date.parse(since))
  if (share === undefined) {
    return (
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-list text-muted">
        <p>
          {formatCost(spentMicros)} in {name}. The workspace has no budget.
        </p>
        {canEdit && change}
      </div>
    )
  }
  const left = Math.max(0, limitMicros - spentMicros)
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-list">
        <p className="tabular-nums">
          <span className="font-medium">{formatCost(left)} left</span>{' '}
          <span className="text-muted">
            of {formatCost(limitMicros)} for {name}; {formatCost(spentMicros)} spent
          </span>
        </p>
        {canEdit && change}
      </div>
      <div
        role="meter"
        aria-label="Budget spent"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        className="h-2 overflow-hidden rounded-full bg-default"
      >
        <div
          className={`h-full ${share >= 1 ? 'bg-danger' : share >= budgetWarning ? 'bg-warning' : 'bg-accent'}`}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      {callsWithoutPrice > 0 && (
        <p className="text-list text-warning">
          {plural(callsWithoutPrice, 'call')} of models without a known price{' '}
          {callsWithoutPrice === 1 ? 'is' : 'are'} not in it, and no budget holds them.
        </p>
      )}
      {share >= 1 && (
        <Callout tone="danger" title="The budget is spent">
          Agents stop before their next call of a model, with what they have. They go on once there
          is more of it, or next month.
        </Callout>
      )}
      {share >= budgetWarning && share < 1 && (
        <Callout tone="warning" title={`${Math.round(share * 100)} % of the budget is spent`}>
          At the end of it agents stop before their next call of a model; nothing is lost.
        </Callout>
      )}
    </div>
  )
}
