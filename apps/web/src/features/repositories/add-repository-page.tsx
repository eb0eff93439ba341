import { getRouteApi, Link } from '@tanstack/react-router'
import { useMe } from '../../app/me.ts'
import { Callout } from '../../ui/callout.tsx'
import { Page } from '../../ui/page.tsx'
import { CloneForm } from './clone-form.tsx'
import { ScanPanel } from './scan-panel.tsx'

const route = getRouteApi('/frame/repositories/add')

export function AddRepositoryPage() {
  const { by } = route.useSearch()
  const { can } = useMe()
  return (
    <Page
      title="Add a repository"
      width="narrow"
      crumbs={[{ label: 'Repositories', to: '/repositories' }, { label: 'Add' }]}
    >
      {can.manageRepositories ? (
        <>
          <nav
            aria-label="Where it comes from"
            className="mb-4 flex gap-1 border-b border-separator"
          >
            {(
              [
                [undefined, 'From this machine'],
                ['url', 'By URL'],
              ] as const
            ).map(([value, label]) => (
              <Link
                key={label}
                to="/repositories/add"
                search={value === undefined ? {} : { by: value }}
                activeOptions={{ exact: true, includeSearch: true }}
                className={`-mb-px border-b-2 px-3 py-2 ${by === value ? 'border-accent font-medium' : 'border-transparent text-muted hover:text-foreground'}`}
              >
                {label}
              </Link>
            ))}
          </nav>
          {by === 'url' ? <CloneForm /> : <ScanPanel />}
        </>
      ) : (
        <Callout tone="warning" title="You may not add repositories here">
          An admin or an owner of this workspace can, or can give you that role.
        </Callout>
      )}
    </Page>
  )
}
