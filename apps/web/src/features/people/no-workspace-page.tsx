import { leave } from '../../app/account.ts'
import { useMe } from '../../app/me.ts'
import { Button } from '../../ui/button.tsx'
import { NewWorkspaceForm } from '../settings/new-workspace-form.tsx'
import { EntryLayout } from './entry-layout.tsx'

/** For a person who is signed in and belongs to no workspace (any more). */
export default function NoWorkspacePage() {
  const { user } = useMe()
  return (
    <EntryLayout
      title="You belong to no workspace"
      lead={`Make one of your own, or ask for an invitation to ${user.email}.`}
    >
      <NewWorkspaceForm />
      <p className="mt-6">
        <Button variant="ghost" onPress={() => void leave()}>
          Sign out
        </Button>
      </p>
    </EntryLayout>
  )
}
