import { Link } from '@tanstack/react-router'
import type { UsageOfSession, UsageSum, UsageSummary } from '@sluice/contract/usage'
import type { ReactNode } from 'react'
import { Card } from '../../ui/card.tsx'
import { DataTable, type Column } from '../../ui/data-table.tsx'
import { formatCount, formatDuration } from '../../ui/format.ts'
import { costOf, formatTokens } from './usage.logic.ts'

const right = { align: 'right', className: 'whitespace-nowrap tabular-nums' } as const

const sumColumns: Column<UsageSum>[] = [
  { id: 'calls', header: 'Calls', from: 'sm', ...right, cell: (row) => formatCount(row.calls) },
  {
    id: 'tokens',
    header: 'Tokens',
    ...right,
    cell: (row) => (
      <span
        title={`${formatCount(row.inputTokens)} read, ${formatCount(row.outputTokens)} written`}
      >
        {formatTokens(row.inputTokens + row.outputTokens)}
      </span>
    ),
  },
  { id: 'cost', header: 'Cost', ...right, cell: (row) => costOf(row) },
]

function SumTable<T extends UsageSum>({
  title,
  header,
  rows,
  rowKey,
  name,
  further = [],
  none = 'Nothing in this time.',
}: {
  title: string
  header: string
  rows: readonly T[]
  rowKey: (row: T) => string
  name: (row: T) => ReactNode
  further?: Column<T>[]
  /** What stands in place of no rows. */
  none?: string
}) {
  return (
    <Card title={title} isFlush>
      {rows.length === 0 ? (
        <p className="p-4 text-list text-muted">{none}</p>
      ) : (
        <DataTable
          label={title}
          rows={rows}
          rowKey={rowKey}
          columns={[
            { id: 'name', header, className: 'max-w-0 w-full truncate', cell: name },
            ...further,
            ...sumColumns,
          ]}
        />
      )}
    </Card>
  )
}

export function UsageTables({
  summary,
  onFilter,
}: {
  summary: UsageSummary
  onFilter: (filter: { repository?: string; person?: string; model?: string }) => void
}) {
  const pick = (label: string, filter: Parameters<typeof onFilter>[0]) => (
    <button
      type="button"
      title={`Show only ${label}`}
      className="max-w-full cursor-pointer truncate hover:underline"
      onClick={() => onFilter(filter)}
    >
      {label}
    </button>
  )
  return (
    <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
      <SumTable
        title="By person"
        header="Person"
        rows={summary.people}
        rowKey={(row) => row.id}
        name={(row) => pick(row.name, { person: row.id })}
      />
      <SumTable
        title="By repository"
        header="Repository"
        rows={summary.repositories}
        rowKey={(row) => row.id ?? 'removed'}
        name={(row) => (row.id === null ? row.name : pick(row.name, { repository: row.id }))}
      />
      <SumTable
        title="By model"
        header="Model"
        rows={summary.models}
        rowKey={(row) => row.modelId}
        name={(row) => (
          <span className="font-mono text-xs">{pick(row.modelId, { model: row.modelId })}</span>
        )}
      />
      <SumTable
        title="Dearest sessions"
        header="Session"
        none="No session cost anything."
        rows={summary.dearestSessions}
        rowKey={(row) => row.sessionId}
        name={sessionName}
      />
      <SumTable
        title="Slowest sessions"
        header="Session"
        rows={summary.slowestSessions}
        rowKey={(row) => row.sessionId}
        name={sessionName}
        further={[
          {
            id: 'time',
            header: 'Model time',
            ...right,
            cell: (row) => formatDuration(row.durationMs),
          },
        ]}
      />
    </div>
  )
}

function sessionName(row: UsageOfSession) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.sessionId }}
      className="hover:underline"
      title={`${row.title} · ${row.repositoryName}`}
    >
      {row.title}
    </Link>
  )
}
