import type { Member } from '@sluice/contract/people'
import type { Repository } from '@sluice/contract/repository'
import { SessionGroup } from '@sluice/contract/session'
import type { SessionsSearch } from '../../routes/sessions.ts'
import { SelectInput } from '../../ui/fields.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { groupLabels } from './sessions.logic.ts'

const ANY = 'any'

/** Filters of the list; they live in the address, so a filtered list can be sent to somebody. */
export function SessionFilters({
  filters,
  onChange,
  repositories,
  members,
}: {
  filters: SessionsSearch
  onChange: (filters: SessionsSearch) => void
  repositories: readonly Repository[]
  members: readonly Member[]
}) {
  return (
    <div className="mb-4 flex flex-wrap gap-2">
      <SearchBox
        label="Search titles and prompts"
        initial={filters.search ?? ''}
        onSearch={(search) => onChange({ ...filters, search: search === '' ? undefined : search })}
      />
      <div className="w-40 max-sm:w-[calc(50%-0.25rem)]">
        <SelectInput
          label="State"
          isLabelHidden
          value={filters.state ?? ANY}
          onChange={(state) => onChange({ ...filters, state: state === ANY ? undefined : state })}
          choices={[
            { id: ANY, label: 'Any state' },
            ...SessionGroup.options.map((group) => ({ id: group, label: groupLabels[group] })),
          ]}
        />
      </div>
      <div className="w-44 max-sm:w-[calc(50%-0.25rem)]">
        <SelectInput
          label="Repository"
          isLabelHidden
          value={filters.repository ?? ANY}
          onChange={(id) => onChange({ ...filters, repository: id === ANY ? undefined : id })}
          choices={[
            { id: ANY, label: 'Any repository' },
            ...repositories.map((one) => ({ id: one.id as string, label: one.name })),
          ]}
        />
      </div>
      {members.length > 1 && (
        <div className="w-40 max-sm:w-full">
          <SelectInput
            label="Person"
            isLabelHidden
            value={filters.person ?? ANY}
            onChange={(id) => onChange({ ...filters, person: id === ANY ? undefined : id })}
            choices={[
              { id: ANY, label: 'Any person' },
              ...members.map((one) => ({ id: one.user.id as string, label: one.user.name })),
            ]}
          />
        </div>
      )}
    </div>
  )
}
