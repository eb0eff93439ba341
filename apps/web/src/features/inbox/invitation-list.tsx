import type { MyInvitation } from '@sluice/contract/people'
import { useMutation } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { api, client } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { notify, notifyError } from '../../ui/notify.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'

/** Workspaces that one was invited into, to join or to decline. */
export function InvitationList({ invitations }: { invitations: readonly MyInvitation[] }) {
  const answer = useMutation({
    mutationFn: ({ invitation, accept }: { invitation: MyInvitation; accept: boolean }) =>
      client.me.answerInvitation({ invitationId: invitation.id, accept }),
    onSuccess: (_, { invitation, accept }) =>
      notify(
        accept ? `You are in ${invitation.workspace}` : `Declined ${invitation.workspace}`,
        accept ? 'It stands in the menu of workspaces.' : undefined,
      ),
    onError: (cause) => notifyError('The invitation was not answered.', cause),
    onSettled: () => queryClient.invalidateQueries({ queryKey: api.me.key() }),
  })
  if (invitations.length === 0) return null
  return (
    <ul
      aria-label="Invitations"
      className="mb-4 divide-y divide-separator rounded-lg border border-border bg-surface"
    >
      {invitations.map((invitation) => {
        const { id, workspace, role, invitedBy, createdAt } = invitation
        const isMine = answer.isPending && answer.variables.invitation.id === id
        return (
          <li key={id} className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
            <UserPlus size={16} aria-hidden className="shrink-0 text-accent" />
            <div className="min-w-0 flex-1 basis-56">
              <p className="truncate font-medium">Join {workspace}</p>
              <p className="truncate text-list text-muted">
                {invitedBy} invites you as {role === 'viewer' ? 'a viewer' : `an ${role}`}
              </p>
            </div>
            <div className="flex shrink-0 items-center gap-2 max-sm:w-full">
              <RelativeTime at={createdAt} className="text-list text-muted max-sm:mr-auto" />
              <Button
                isDisabled={answer.isPending}
                onPress={() => answer.mutate({ invitation, accept: false })}
              >
                Decline
              </Button>
              <Button
                variant="primary"
                isDisabled={answer.isPending}
                pending={isMine && answer.variables.accept ? 'Joining…' : undefined}
                onPress={() => answer.mutate({ invitation, accept: true })}
              >
                Join
              </Button>
            </div>
          </li>
        )
      })}
    </ul>
  )
}
