import { useQuery } from '@tanstack/react-query'
import { Email, type Invitation, type InvitationCreated } from '@sluice/contract/people'
import { Role } from '@sluice/contract/roles'
import { useState } from 'react'
import { z } from 'zod'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { ErrorState, InlineError } from '../../ui/error-state.tsx'
import { SelectInput, TextInput } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { notify, notifyError } from '../../ui/notify.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { rolesUpTo } from './roles.logic.ts'
import { SecretOnce } from './secret-once.tsx'

const Invite = z.object({ email: Email, role: Role.exclude(['owner']) })

export function InvitationsCard() {
  const { workspace } = useMe()
  const list = useQuery(api.invitations.list.queryOptions({ input: { limit: 200 } }))
  const [made, setMade] = useState<InvitationCreated>()
  const refresh = () => queryClient.invalidateQueries({ queryKey: api.invitations.key() })
  const form = useDraftForm({
    draftKey: 'invitation',
    initial: { email: '', role: 'editor' as Exclude<Role, 'owner'> },
    schema: Invite,
    onSubmit: async (input) => {
      setMade(await client.invitations.create(input))
      form.reset()
      await refresh()
    },
  })
  const choices = rolesUpTo(workspace?.role ?? 'viewer').flatMap((choice) =>
    choice.id === 'owner' ? [] : [{ ...choice, id: choice.id }],
  )
  const open = list.data?.items.filter((one) => one.status === 'pending') ?? []

  async function revoke(invitation: Invitation) {
    try {
      await client.invitations.revoke({ invitationId: invitation.id })
      notify(`The invitation for ${invitation.email} was revoked`)
    } catch (cause) {
      notifyError('The invitation was not revoked.', cause)
    }
    await refresh()
  }

  return (
    <Card
      title="Invitations"
      hint="By a link that you pass on, and by mail where the server has a mail service."
    >
      <Form form={form} className="flex flex-wrap items-start gap-3">
        <div className="min-w-52 flex-1">
          <TextInput label="E-mail" type="email" {...form.field('email')} />
        </div>
        <div className="w-36">
          <SelectInput
            label="Role"
            value={form.values.role}
            onChange={(role) => form.set('role', role)}
            choices={choices}
          />
        </div>
        <Button
          type="submit"
          variant="primary"
          className="mt-6"
          pending={form.isPending ? 'Inviting…' : undefined}
        >
          Invite
        </Button>
      </Form>
      <div className="mt-3 grid gap-3">
        <InlineError error={form.failure} />
        {made !== undefined && (
          <SecretOnce
            title={
              made.mailed
                ? `Sent to ${made.email}; this is the link too`
                : `The link for ${made.email}`
            }
            secret={made.link}
            hint="It is shown once. Whoever opens it joins."
            onClose={() => setMade(undefined)}
          />
        )}
        {list.isError && (
          <ErrorState
            title="The invitations could not be read"
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
        {list.isPending && <Skeleton className="h-10 w-full" />}
        {open.length > 0 && (
          <ul className="divide-y divide-separator border-t border-separator text-list">
            {open.map((invitation) => (
              <li key={invitation.id} className="flex min-h-11 flex-wrap items-center gap-x-3">
                <span className="min-w-0 flex-1 truncate">{invitation.email}</span>
                <span className="text-muted">{invitation.role}</span>
                <span className="text-muted">
                  until <RelativeTime at={invitation.expiresAt} />
                </span>
                <Button variant="ghost" onPress={() => void revoke(invitation)}>
                  Revoke
                </Button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  )
}
