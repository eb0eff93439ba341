import type { UsageSummary } from '@sluice/contract/usage'
import { X } from 'lucide-react'
import type { UsageSearch } from '../../routes/usage.ts'
import { Button } from '../../ui/button.tsx'
import { SelectInput } from '../../ui/fields.tsx'
import { measures, usageRanges, type Measure } from './usage.logic.ts'

/** What is shown; it lives in the address. A filter is set by a click on a row, and taken away here. */
export function UsageFilters({
  search,
  measure,
  summary,
  onChange,
}: {
  search: UsageSearch
  /** What the chart shows now, chosen or not. */
  measure: Measure
  summary: UsageSummary | undefined
  onChange: (search: UsageSearch) => void
}) {
  const { range, measure: _, ...filters } = search
  const names = {
    person: summary?.people.find(({ id }) => id === filters.person)?.name,
    repository: summary?.repositories.find(({ id }) => id === filters.repository)?.name,
    model: filters.model,
  }
  const set = (['person', 'repository', 'model'] as const).filter(
    (name) => filters[name] !== undefined,
  )
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2">
      <div className="w-40">
        <SelectInput
          label="Time"
          isLabelHidden
          value={range ?? '30d'}
          onChange={(id) => onChange({ ...search, range: id })}
          choices={usageRanges.map(({ id, label }) => ({ id, label }))}
        />
      </div>
      <div className="w-32">
        <SelectInput
          label="Chart"
          isLabelHidden
          value={measure}
          onChange={(id: Measure) => onChange({ ...search, measure: id })}
          choices={measures.map(({ id, label }) => ({ id, label }))}
        />
      </div>
      {set.map((name) => (
        <Button
          key={name}
          icon={<X aria-hidden />}
          onPress={() => onChange({ ...search, [name]: undefined })}
          aria-label={`Take away the filter by ${name}`}
        >
          <span className="max-w-48 truncate">{names[name] ?? `one ${name}`}</span>
        </Button>
      ))}
    </div>
  )
}
