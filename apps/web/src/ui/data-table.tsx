import type { ReactNode } from 'react'

export interface Column<T> {
  id: string
  header: string
  cell: (row: T) => ReactNode
  align?: 'left' | 'right'
  /** Hidden below this width; what matters on a phone stays. */
  from?: 'sm' | 'md' | 'lg' | 'xl'
  className?: string
}

const hidden = {
  sm: 'max-sm:hidden',
  md: 'max-md:hidden',
  lg: 'max-lg:hidden',
  xl: 'max-xl:hidden',
}

/** A plain table with a header for screen readers and eyes; rows are 44 px high. */
export function DataTable<T>({
  label,
  rows,
  columns,
  rowKey,
  selected,
}: {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowKey: (row: T) => string
  /** The row that the keyboard stands on; see `useRowSelection`. */
  selected?: number
}) {
  const look = (column: Column<T>) =>
    `px-2 first:pl-4 last:pr-4 ${column.align === 'right' ? 'text-right' : 'text-left'} ${column.from === undefined ? '' : hidden[column.from]} ${column.className ?? ''}`
  return (
    <table className="w-full border-collapse text-list" aria-label={label}>
      <thead>
        <tr className="h-8 border-b border-separator text-xs text-muted">
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              className={`font-medium whitespace-nowrap ${look(column)}`}
            >
              {/* A column of buttons shows no name, and has one for who listens. */}
              {column.header === '' ? <span className="sr-only">Actions</span> : column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr
            key={rowKey(row)}
            data-row={index}
            className={`relative h-11 border-b border-separator last:border-b-0 hover:bg-surface-secondary ${index === selected ? 'bg-surface-secondary shadow-[inset_2px_0_var(--accent)]' : ''}`}
          >
            {columns.map((column) => (
              <td key={column.id} className={look(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
