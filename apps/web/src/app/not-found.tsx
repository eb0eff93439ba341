import { Compass } from 'lucide-react'
import { ButtonLink } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'

/** Stands inside the frame: an address that leads nowhere leaves the ways elsewhere in sight. */
export function NotFound() {
  return (
    <Page title="Not found" crumbs={[{ label: 'Not found' }]}>
      <EmptyState
        icon={Compass}
        title="There is no page at this address"
        action={<ButtonLink to="/inbox">Go to the inbox</ButtonLink>}
      >
        It may have been removed, or it belongs to a workspace that you are not a member of.
      </EmptyState>
    </Page>
  )
}
