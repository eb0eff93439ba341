import type { GateResult } from '@sluice/contract/gate'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { RotateCw, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { plural } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { GateResultView } from './gate-result.tsx'
import { useSessionAction } from './session-actions.ts'
import type { Timeline, TimelineGate } from './timeline-types.ts'

/** The results of one task by round, the newest round first, in the order in which they ran. */
export function byRound(
  results: readonly GateResult[],
): { round: number; results: GateResult[] }[] {
  const rounds = new Map<number, GateResult[]>()
  for (const result of results)
    rounds.set(result.round, [...(rounds.get(result.round) ?? []), result])
  return [...rounds]
    .map(([round, ofRound]) => ({ round, results: ofRound }))
    .toSorted((a, b) => b.round - a.round)
}

/** What the gates print while they run comes with the timeline's events, by result. */
function liveGates(timeline: Timeline): ReadonlyMap<string, TimelineGate> {
  return new Map(
    timeline.items.flatMap((item) =>
      item.kind === 'gates' ? item.gates.map((gate) => [gate.id, gate] as const) : [],
    ),
  )
}

function TouchesGates({ task }: { task: Task }) {
  const touched = task.change?.touchesGates ?? []
  if (touched.length === 0) return null
  return (
    <Callout tone="warning" title="This change touches what the gates run">
      <ul className="mt-1 list-disc pl-4">
        {touched.map((one) => (
          <li key={`${one.gate} ${one.path}`}>
            <span className="font-medium">{one.gate}</span>:{' '}
            <code className="font-mono text-xs break-all">{one.path}</code> · {one.reason}
          </li>
        ))}
      </ul>
    </Callout>
  )
}

/** The gates of a task: this round open to reading, the rounds before below, and the button to run them again. */
export function GatesTab({
  task,
  session,
  timeline,
}: {
  task: Task
  session: Session
  timeline: Timeline
}) {
  const results = useQuery(api.gates.results.queryOptions({ input: { taskId: task.id } }))
  const action = useSessionAction(session.id)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const rounds = byRound(results.data?.items ?? [])
  const running = liveGates(timeline)

  if (results.isPending) return <SkeletonRows rows={4} />
  if (results.isError) {
    return (
      <div className="p-4">
        <ErrorState
          title="The gate results could not be read"
          error={results.error}
          onRetry={() => void results.refetch()}
        />
      </div>
    )
  }
  return (
    <div className="grid gap-4 p-3 sm:p-4">
      <TouchesGates task={task} />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-list text-muted">
          Gates run on the platform's side, on a clean checkout of exactly the tree that would be
          committed.
        </p>
        {task.actions.rerunGates && (
          <Button
            icon={<RotateCw size={14} aria-hidden />}
            pending={action.pending}
            onPress={() =>
              void action.run('Starting…', 'The gates did not start', () =>
                client.tasks.rerunGates({ taskId: task.id }),
              )
            }
          >
            Run again
          </Button>
        )}
      </div>
      {rounds.length === 0 && (
        <EmptyState icon={ShieldCheck} title="No gate has run on this task yet">
          They start when the agent has made a change. Which gates there are is set on the
          repository's page.
        </EmptyState>
      )}
      {rounds.map(({ round, results: ofRound }, at) => (
        <section key={round} aria-label={round === 0 ? 'First run' : `Fix round ${round}`}>
          <h3 className="mb-1 flex items-baseline gap-2 text-list font-medium">
            {round === 0 ? 'First run' : `Fix round ${round} of ${task.maxRounds}`}
            <span className="text-xs font-normal text-muted">
              {plural(ofRound.length, 'gate')} on tree{' '}
              <code className="font-mono">{ofRound[0]?.treeId.slice(0, 10)}</code>
            </span>
          </h3>
          <ul className="divide-y divide-separator rounded-md border border-border bg-surface">
            {ofRound.map((result) => (
              <GateResultView
                key={result.id}
                result={result}
                live={running.get(result.id)}
                // Of the newest round, what did not pass is what one came to read.
                isOpen={
                  open.has(result.id) !==
                  (at === 0 && result.status !== 'passed' && result.status !== 'queued')
                }
                onToggle={() => {
                  const next = new Set(open)
                  if (!next.delete(result.id)) next.add(result.id)
                  setOpen(next)
                }}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
