import { useQuery } from '@tanstack/react-query'
import type { Member } from '@sluice/contract/people'
import type { Role } from '@sluice/contract/roles'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { confirm } from '../../ui/confirm.ts'
import { DataTable, type Column } from '../../ui/data-table.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SelectInput } from '../../ui/fields.tsx'
import { notify, notifyError } from '../../ui/notify.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { InvitationsCard } from './invitations-card.tsx'
import { rolesUpTo } from './roles.logic.ts'

export function MembersSection() {
  const { user, workspace, can } = useMe()
  const list = useQuery(api.members.list.queryOptions({ input: { limit: 200 } }))
  const refresh = () => queryClient.invalidateQueries({ queryKey: api.members.key() })
  const choices = rolesUpTo(workspace?.role ?? 'viewer')

  async function setRole(member: Member, role: Role) {
    try {
      await client.members.update({ memberId: member.id, role })
      notify(`${member.user.name} is now ${role}`)
    } catch (cause) {
      notifyError(`${member.user.name} keeps the role ${member.role}.`, cause)
    }
    await refresh()
  }

  async function remove(member: Member) {
    const isSure = await confirm({
      title: `Remove ${member.user.name}?`,
      goes: 'Access to this workspace, at once, with the API keys that they made.',
      stays: 'Their account, and everything they did here under their name.',
      action: 'Remove member',
    })
    if (!isSure) return
    try {
      await client.members.remove({ memberId: member.id })
      notify(`${member.user.name} was removed`)
    } catch (cause) {
      notifyError(`${member.user.name} was not removed.`, cause)
    }
    await refresh()
  }

  const columns: Column<Member>[] = [
    {
      id: 'name',
      header: 'Name',
      className: 'w-1/2 max-w-0',
      cell: (member) => (
        <div className="min-w-0 py-1">
          <div className="truncate font-medium">
            {member.user.name}
            {member.user.id === user.id && <span className="font-normal text-muted"> (you)</span>}
          </div>
          <div className="truncate text-xs text-muted">{member.user.email}</div>
        </div>
      ),
    },
    {
      id: 'role',
      header: 'Role',
      cell: (member) =>
        can.managePeople &&
        member.user.id !== user.id &&
        choices.some((one) => one.id === member.role) ? (
          <div className="w-32">
            <SelectInput
              label={`Role of ${member.user.name}`}
              isLabelHidden
              value={member.role}
              onChange={(role) => void setRole(member, role)}
              choices={choices}
            />
          </div>
        ) : (
          member.role
        ),
    },
    {
      id: 'since',
      header: 'Since',
      from: 'sm',
      align: 'right',
      cell: (member) => <RelativeTime at={member.joinedAt} className="text-muted" />,
    },
    {
      id: 'remove',
      header: '',
      align: 'right',
      cell: (member) =>
        can.managePeople &&
        member.user.id !== user.id &&
        choices.some((one) => one.id === member.role) ? (
          <Button variant="ghost" onPress={() => void remove(member)}>
            Remove
          </Button>
        ) : null,
    },
  ]

  return (
    <>
      <Card title="Members" isFlush>
        {list.isError && (
          <div className="p-4">
            <ErrorState
              title="The members could not be read"
              error={list.error}
              onRetry={() => void list.refetch()}
            />
          </div>
        )}
        {list.isPending && <SkeletonRows rows={3} rowHeight="h-13" />}
        {list.isSuccess && (
          <DataTable
            label="Members"
            rows={list.data.items}
            columns={columns}
            rowKey={(member) => member.id}
          />
        )}
      </Card>
      {can.managePeople && <InvitationsCard />}
    </>
  )
}
