import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/copy-button.tsx'
import { Cost } from '../../ui/cost.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { formatCount } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { taskStatuses } from '../../ui/status.ts'

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 grid-cols-[9rem_minmax(0,1fr)] items-center gap-2 py-1 text-list max-sm:grid-cols-[7rem_minmax(0,1fr)]">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

/** What the session is made of: where it works, what it used, its tasks, its checkpoints. */
export function DetailsTab({
  session,
  tasks,
  canWrite,
  onTask,
  onRestore,
}: {
  session: Session
  tasks: readonly Task[]
  canWrite: boolean
  onTask: (taskId: string) => void
  onRestore: (checkpointId: string, label: string) => void
}) {
  const checkpoints = useQuery(
    api.sessions.checkpoints.queryOptions({ input: { sessionId: session.id } }),
  )
  return (
    <div className="grid gap-4 p-3 sm:p-4">
      <Card title="Session">
        <dl>
          <Row name="Repository">
            <Link
              to="/repositories/$repositoryId"
              params={{ repositoryId: session.repositoryId }}
              className="text-link underline"
            >
              {session.repositoryName}
            </Link>
          </Row>
          <Row name="Branch">
            <Code copyLabel="Copy branch">{session.branch}</Code>
          </Row>
          <Row name="From">
            <span className="flex min-w-0 items-center gap-1">
              <Code>{session.baseBranch}</Code>
              {session.baseCommit !== null && (
                <Code copyLabel="Copy base commit">{session.baseCommit}</Code>
              )}
            </span>
          </Row>
          <Row name="Works">
            {session.mode === 'isolated'
              ? 'in a working tree of its own'
              : "in the repository's own folder"}
          </Row>
          <Row name="Sandbox">
            {session.sandboxProvider}
            {!session.isIsolated && <span className="text-warning"> · not isolated</span>}
          </Row>
          <Row name="Model">{session.agent.modelId}</Row>
          <Row name="Tokens">
            <span className="tabular-nums">
              {formatCount(session.inputTokens)} in · {formatCount(session.outputTokens)} out
            </span>
          </Row>
          <Row name="Cost">
            <Cost micros={session.costMicros} />
          </Row>
          <Row name="Started">
            <RelativeTime at={session.createdAt} /> by {session.createdBy.name}
          </Row>
          <Row name="Last activity">
            <RelativeTime at={session.lastActivityAt} /> · {session.lastActivity}
          </Row>
          <Row name="Id">
            <Code copyLabel="Copy session id">{session.id}</Code>
          </Row>
        </dl>
      </Card>
      <Card title="Tasks" isFlush>
        <DataTable
          label="Tasks"
          rows={tasks.toSorted((a, b) => b.number - a.number)}
          rowKey={(task) => task.id}
          columns={[
            {
              id: 'number',
              header: '#',
              cell: (task) => <span className="tabular-nums">{task.number}</span>,
            },
            {
              id: 'prompt',
              header: 'Prompt',
              className: 'max-w-0 w-full',
              cell: (task) => (
                <button
                  type="button"
                  onClick={() => onTask(task.id)}
                  className="block w-full cursor-pointer truncate text-left hover:underline"
                >
                  {task.prompt}
                </button>
              ),
            },
            {
              id: 'state',
              header: 'State',
              cell: (task) => <StatusMark status={taskStatuses[task.status]} />,
            },
            {
              id: 'cost',
              header: 'Cost',
              align: 'right',
              from: 'sm',
              cell: (task) => <Cost micros={task.costMicros} />,
            },
            {
              id: 'commit',
              header: 'Commit',
              from: 'md',
              cell: (task) =>
                task.commit === null ? null : (
                  <code className="font-mono text-xs">{task.commit.slice(0, 10)}</code>
                ),
            },
          ]}
        />
      </Card>
      <Card title="Checkpoints" hint="The files as they stood at a turn's end" isFlush>
        {checkpoints.isPending && <SkeletonRows rows={2} rowHeight="h-10" />}
        {checkpoints.isError && (
          <div className="p-3">
            <ErrorState
              title="The checkpoints could not be read"
              error={checkpoints.error}
              onRetry={() => void checkpoints.refetch()}
            />
          </div>
        )}
        {checkpoints.data?.items.length === 0 && (
          <p className="px-4 py-3 text-list text-muted">None yet.</p>
        )}
        <ul className="divide-y divide-separator">
          {checkpoints.data?.items.map((checkpoint) => (
            <li
              key={checkpoint.id}
              className="flex min-h-10 items-center gap-3 px-4 py-1 text-list"
            >
              <span className="min-w-0 flex-1 truncate">{checkpoint.label}</span>
              <RelativeTime at={checkpoint.createdAt} className="text-xs text-muted" />
              {canWrite && (
                <button
                  type="button"
                  onClick={() => onRestore(checkpoint.id, checkpoint.label)}
                  className="cursor-pointer rounded px-1 text-xs whitespace-nowrap text-link hover:underline"
                >
                  Go back to here
                </button>
              )}
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}
