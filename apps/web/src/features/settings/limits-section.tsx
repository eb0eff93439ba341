import { useQuery } from '@tanstack/react-query'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { SettingsForm } from './settings-form.tsx'

const MICROS = 1_000_000

export function LimitsSection() {
  const { can } = useMe()
  const settings = useQuery(api.settings.get.queryOptions())
  if (settings.isError) {
    return (
      <ErrorState
        title="The limits could not be read"
        error={settings.error}
        onRetry={() => void settings.refetch()}
      />
    )
  }
  if (settings.data === undefined) return <Skeleton className="h-96 w-full" />
  return (
    <>
      <SettingsForm
        title="One task"
        hint="A task that reaches a limit stops with what it has; nothing is lost."
        settings={settings.data}
        canEdit={can.manageSettings}
        fields={[
          {
            name: 'maxCostMicrosPerTask',
            label: 'Cost',
            unit: 'dollars',
            hint: '0 sets no limit.',
            scale: MICROS,
          },
          {
            name: 'maxTokensPerTask',
            label: 'Tokens',
            unit: 'tokens',
            hint: 'Read and written together, from 1,000.',
          },
          {
            name: 'maxTurns',
            label: 'Turns',
            unit: 'turns',
            hint: 'Answers of the model, at most 1,000.',
          },
          {
            name: 'maxMinutesPerTask',
            label: 'Time',
            unit: 'minutes',
            hint: 'At most 1,440 (a day).',
          },
          {
            name: 'maxFixRounds',
            label: 'Fix rounds',
            unit: 'rounds',
            hint: 'How often failed gates go back to the agent, at most 20.',
          },
        ]}
      />
      <SettingsForm
        title="The workspace"
        settings={settings.data}
        canEdit={can.manageSettings}
        fields={[
          {
            name: 'monthlyBudgetMicros',
            label: 'Budget for a month',
            unit: 'dollars',
            hint: 'Agents stop before their next call of a model once it is spent; models without a known price are not held. 0 sets none.',
            scale: MICROS,
          },
          {
            name: 'concurrentTasks',
            label: 'Tasks at the same time',
            unit: 'tasks',
            hint: 'The rest wait in the queue, at most 100.',
          },
          {
            name: 'abandonSessionsAfterDays',
            label: 'Idle sessions end after',
            unit: 'days',
            hint: 'Their history and their checkpoints stay.',
          },
        ]}
      />
    </>
  )
}
