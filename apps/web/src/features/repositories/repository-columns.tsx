import { Link } from '@tanstack/react-router'
import type { Repository } from '@sluice/contract/repository'
import { FlaskConical, GitBranch } from 'lucide-react'
import type { Column } from '../../ui/data-table.tsx'
import { Progress } from '../../ui/progress.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import type { Progress as CloneProgress } from './clone-progress.ts'
import { aheadBehind, statusOfRepository } from './repositories.logic.ts'

const none = <span className="text-muted">–</span>

/** The table's columns; what a phone has no room for is on the repository's own page. */
export function repositoryColumns(
  progress: ReadonlyMap<string, CloneProgress>,
): Column<Repository>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      className: 'w-full max-w-0 md:w-[36%]',
      cell: (row) => (
        <div className="min-w-0 py-1">
          <div className="flex min-w-0 items-center gap-2">
            <Link
              to="/repositories/$repositoryId"
              params={{ repositoryId: row.id }}
              className="truncate text-sm font-medium after:absolute after:inset-0"
            >
              {row.name}
            </Link>
            {row.isSample && (
              <span className="inline-flex shrink-0 items-center gap-1 text-xs text-muted">
                <FlaskConical size={12} aria-hidden />
                sample
              </span>
            )}
          </div>
          <div className="truncate font-mono text-xs text-muted" title={row.url ?? row.path}>
            {row.url ?? row.path}
          </div>
        </div>
      ),
    },
    {
      id: 'branch',
      header: 'Branch',
      from: 'md',
      cell: (row) =>
        row.status?.branch == null ? (
          row.status?.head == null ? (
            none
          ) : (
            <span className="text-muted">detached</span>
          )
        ) : (
          <span className="flex max-w-44 items-center gap-1.5">
            <GitBranch size={12} aria-hidden className="shrink-0 text-muted" />
            <span className="truncate font-mono text-xs">{row.status.branch}</span>
            <span className="text-xs text-muted">{aheadBehind(row.status)}</span>
          </span>
        ),
    },
    {
      id: 'state',
      header: 'State',
      cell: (row) => {
        const running = progress.get(row.id)
        return row.state === 'cloning' && running !== undefined ? (
          <div className="w-40">
            <Progress {...running} />
          </div>
        ) : (
          <StatusMark status={statusOfRepository(row)} />
        )
      },
    },
    {
      id: 'commit',
      header: 'Last commit',
      from: 'lg',
      className: 'max-w-64',
      cell: (row) =>
        row.status?.head == null ? (
          none
        ) : (
          <span className="flex min-w-0 items-baseline gap-2">
            <span className="truncate" title={row.status.head.subject}>
              {row.status.head.subject}
            </span>
            <RelativeTime at={row.status.head.at} className="text-xs text-muted" />
          </span>
        ),
    },
    {
      id: 'running',
      header: 'Running',
      align: 'right',
      from: 'sm',
      cell: (row) =>
        row.runningSessions === 0 ? (
          none
        ) : (
          <span className="tabular-nums">{row.runningSessions}</span>
        ),
    },
    {
      id: 'task',
      header: 'Last task',
      align: 'right',
      from: 'md',
      cell: (row) =>
        row.lastTaskAt === null ? (
          none
        ) : (
          <RelativeTime at={row.lastTaskAt} className="text-muted" />
        ),
    },
  ]
}
