import { useQuery } from '@tanstack/react-query'
import { Setup } from '@sluice/contract/people'
import { signIn } from '../../app/account.ts'
import { api, client } from '../../app/api.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { EntryLayout } from './entry-layout.tsx'

/** First start: the owner and the first workspace, on one page. */
export function SetupPage() {
  const status = useQuery(api.setup.status.queryOptions())
  const form = useDraftForm({
    initial: { name: '', email: '', password: '', workspace: '' },
    schema: Setup,
    onSubmit: async (input) => {
      await client.setup.create(input)
      await signIn({ email: input.email, password: input.password })
      window.location.assign('/welcome')
    },
  })

  if (status.isError) {
    return (
      <EntryLayout title="Sluice" lead="This server does not answer as it should.">
        <ErrorState
          title="The server could not be asked"
          error={status.error}
          onRetry={() => void status.refetch()}
        />
      </EntryLayout>
    )
  }
  if (status.data?.isNeeded === false) {
    return (
      <EntryLayout title="Already set up" lead="This Sluice has its owner and its first workspace.">
        <ButtonLink to="/sign-in" variant="primary">
          Sign in
        </ButtonLink>
      </EntryLayout>
    )
  }
  return (
    <EntryLayout
      title="Welcome to Sluice"
      lead="It runs on this machine. Make your account, which owns it, and a workspace for your repositories and people."
    >
      <Form form={form}>
        <TextInput
          label="Your name"
          autoComplete="name"
          autoFocus
          hint="It stands as the author of the commits that you approve."
          {...form.field('name')}
        />
        <TextInput label="E-mail" type="email" autoComplete="username" {...form.field('email')} />
        <TextInput
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="At least 10 characters."
          {...form.field('password')}
        />
        <TextInput
          label="Workspace"
          autoComplete="organization"
          hint="Such as the name of your team. It can be changed later."
          {...form.field('workspace')}
        />
        <FormEnd form={form} send="Set up" sending="Setting up…" isWide />
      </Form>
    </EntryLayout>
  )
}
