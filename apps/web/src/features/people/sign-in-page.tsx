import { getRouteApi } from '@tanstack/react-router'
import { Email } from '@sluice/contract/people'
import { z } from 'zod'
import { signIn } from '../../app/account.ts'
import { useDraftForm } from '../../ui/draft-form.ts'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { EntryLayout } from './entry-layout.tsx'

const route = getRouteApi('/sign-in')
const Credentials = z.object({ email: Email, password: z.string().min(1, 'must not be empty') })

export function SignInPage() {
  const { next } = route.useSearch()
  const form = useDraftForm({
    initial: { email: '', password: '' },
    schema: Credentials,
    onSubmit: async (account) => {
      await signIn(account)
      // A new page load: nothing read as somebody else stays in memory.
      window.location.assign(next ?? '/')
    },
  })
  return (
    <EntryLayout title="Sign in" lead="To the workspaces on this Sluice.">
      <Form form={form}>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus
          {...form.field('email')}
        />
        <TextInput
          label="Password"
          type="password"
          autoComplete="current-password"
          {...form.field('password')}
        />
        <FormEnd form={form} send="Sign in" sending="Signing in…" isWide />
        <p className="text-xs text-muted">
          No account? Accounts are made by invitation: ask someone who manages a workspace for a
          link.
        </p>
      </Form>
    </EntryLayout>
  )
}
