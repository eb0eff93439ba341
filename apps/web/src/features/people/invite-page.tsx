import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { PersonName, Password } from '@sluice/contract/people'
import { z } from 'zod'
import { signIn } from '../../app/account.ts'
import { api, client } from '../../app/api.ts'
import { meQuery } from '../../app/me.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { ErrorState, InlineError } from '../../ui/error-state.tsx'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { EntryLayout } from './entry-layout.tsx'

const route = getRouteApi('/invite/$token')
const roleWords = {
  viewer: 'a viewer, who reads',
  editor: 'an editor, who gives tasks and decides on them',
  admin: 'an admin, who also manages repositories, people and settings',
  owner: 'an owner',
}

export function InvitePage() {
  const { token } = route.useParams()
  const offer = useQuery(api.invitations.find.queryOptions({ input: { token } }))
  const me = useQuery(meQuery)

  if (offer.isError) {
    return (
      <EntryLayout title="Invitation" lead="This link cannot be used.">
        <ErrorState
          title="The invitation could not be opened"
          error={offer.error}
          onRetry={() => void offer.refetch()}
        >
          <ButtonLink to="/sign-in">Sign in</ButtonLink>
        </ErrorState>
      </EntryLayout>
    )
  }
  if (offer.data === undefined || me.isPending) {
    return (
      <EntryLayout title="Invitation" lead="Reading the invitation…">
        <Skeleton className="h-40 w-full" />
      </EntryLayout>
    )
  }
  const { workspace, email, role, hasAccount } = offer.data
  const lead = `You were invited as ${roleWords[role]}, under ${email}.`
  const signedInAs = me.data?.user.email
  return (
    <EntryLayout title={`Join ${workspace}`} lead={lead}>
      {signedInAs !== undefined ? (
        <JoinAsMe token={token} email={signedInAs} />
      ) : hasAccount ? (
        <ButtonLink to="/sign-in" search={{ next: `/invite/${token}` }} variant="primary">
          Sign in to join
        </ButtonLink>
      ) : (
        <JoinAsNew token={token} email={email} />
      )}
    </EntryLayout>
  )
}

const Nothing = z.object({})

function JoinAsMe({ token, email }: { token: string; email: string }) {
  const form = useDraftForm({
    initial: {},
    schema: Nothing,
    onSubmit: async () => {
      await client.invitations.accept({ token })
      window.location.assign('/')
    },
  })
  return (
    <div className="grid gap-4">
      <p>
        You are signed in as <strong>{email}</strong>.
      </p>
      <InlineError error={form.failure} />
      <Button
        variant="primary"
        onPress={() => void form.submit()}
        pending={form.isPending ? 'Joining…' : undefined}
      >
        Join
      </Button>
    </div>
  )
}

const NewAccount = z.object({ name: PersonName, password: Password })

function JoinAsNew({ token, email }: { token: string; email: string }) {
  const form = useDraftForm({
    initial: { name: '', password: '' },
    schema: NewAccount,
    onSubmit: async (account) => {
      await client.invitations.accept({ token, account })
      await signIn({ email, password: account.password })
      window.location.assign('/')
    },
  })
  return (
    <Form form={form}>
      <TextInput
        label="Your name"
        autoComplete="name"
        autoFocus
        {...form.field('name')}
        error={form.errors.name ?? form.errors['account.name']}
      />
      <TextInput
        label="Password"
        type="password"
        autoComplete="new-password"
        hint="At least 10 characters."
        {...form.field('password')}
        error={form.errors.password ?? form.errors['account.password']}
      />
      <FormEnd form={form} send="Make my account and join" sending="Joining…" isWide />
    </Form>
  )
}
