import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { InboxItem } from '@sluice/contract/inbox'
import { Check, Clock, Inbox, Plus } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { confirm } from '../../ui/confirm.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SwitchInput } from '../../ui/fields.tsx'
import { plural } from '../../ui/format.ts'
import { notify, notifyError, notifyUndo } from '../../ui/notify.ts'
import { Page } from '../../ui/page.tsx'
import { usePaletteActions } from '../../ui/palette-actions.ts'
import { useRowSelection } from '../../ui/row-selection.ts'
import { useShortcuts } from '../../ui/shortcuts.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { InvitationList } from './invitation-list.tsx'
import { InboxRow } from './inbox-row.tsx'
import { tomorrowMorning } from './inbox.logic.ts'

const route = getRouteApi('/frame/inbox')
const inboxKey = api.inbox.key()

export function InboxPage() {
  const { snoozed = false } = route.useSearch()
  const navigate = useNavigate()
  const { can } = useMe()
  const inbox = useQuery(
    api.inbox.list.queryOptions({ input: { limit: 50, includeSnoozed: snoozed } }),
  )
  const invitations = useQuery(api.me.invitations.queryOptions()).data?.items ?? []
  const [approving, setApproving] = useState<string>()
  const items = inbox.data?.items ?? []

  function open(item: InboxItem) {
    const tab = item.kind === 'gates_failed' ? ('gates' as const) : ('changes' as const)
    void navigate({
      to: '/sessions/$sessionId',
      params: { sessionId: item.sessionId },
      search: { task: item.taskId, tab },
    })
  }
  const { selected, select, row } = useRowSelection('Inbox', items, open)

  async function approve(item: InboxItem) {
    try {
      const task = await client.tasks.get({ taskId: item.taskId })
      const { change } = task
      if (change === null || !task.actions.approve) {
        notify(
          'Nothing to approve any more',
          'The task went on meanwhile; the list is being read again.',
        )
        return
      }
      const files = plural(change.files, 'file')
      const isSure = await confirm({
        title: `Approve “${item.title}”`,
        says: `1 commit on ${task.branch ?? 'its branch'}: ${files}, +${change.additions} −${change.deletions}.\n\n${task.message ?? ''}`,
        action: 'Approve and commit',
        tone: 'primary',
      })
      if (!isSure) return
      setApproving(item.id)
      const done = await client.tasks.approve({ taskId: item.taskId, treeId: change.treeId })
      notify('Approved', done.commit === null ? undefined : `Commit ${done.commit.slice(0, 10)}`)
    } catch (cause) {
      notifyError('Not approved; nothing was committed.', cause)
    } finally {
      setApproving(undefined)
      void queryClient.invalidateQueries({ queryKey: inboxKey })
    }
  }

  async function snooze(item: InboxItem, until: string | null) {
    try {
      await client.inbox.snooze({ itemId: item.id, until })
      if (until !== null)
        notifyUndo('Snoozed until tomorrow at 9:00', () => void snooze(item, null))
    } catch (cause) {
      notifyError('The item could not be snoozed.', cause)
    }
    void queryClient.invalidateQueries({ queryKey: inboxKey })
  }

  useShortcuts(
    'Inbox',
    [
      { keys: 'a', label: 'Approve', run: () => row?.canApprove === true && void approve(row) },
      {
        keys: 's',
        label: 'Snooze until tomorrow',
        run: () => row !== undefined && void snooze(row, tomorrowMorning()),
      },
    ],
    items.length > 0,
  )
  usePaletteActions(
    'Inbox',
    row === undefined
      ? []
      : [
          ...(row.canApprove
            ? [
                {
                  id: 'approve',
                  label: `Approve “${row.title}”`,
                  icon: Check,
                  keys: 'a',
                  run: () => void approve(row),
                },
              ]
            : []),
          {
            id: 'snooze',
            label: `Snooze “${row.title}” until tomorrow`,
            icon: Clock,
            keys: 's',
            run: () => void snooze(row, tomorrowMorning()),
          },
        ],
  )

  const count = (inbox.data?.count ?? 0) + invitations.length
  const newSession = (
    <ButtonLink to="/sessions/new" variant="primary" icon={<Plus aria-hidden />}>
      New session
    </ButtonLink>
  )
  return (
    <Page
      title={count > 0 ? `(${count}) Inbox` : 'Inbox'}
      crumbs={[{ label: 'Inbox' }]}
      action={can.createTasks ? newSession : undefined}
    >
      <div className="mb-3 flex min-h-8 items-center justify-between gap-3 text-list text-muted">
        <p>
          {inbox.isSuccess &&
            items.length > 0 &&
            `${plural(count, 'thing waits', 'things wait')} for you`}
        </p>
        <SwitchInput
          label="Show snoozed"
          isOn={snoozed}
          onChange={(isOn) =>
            void navigate({ to: '/inbox', search: isOn ? { snoozed: true } : {} })
          }
        />
      </div>
      <InvitationList invitations={invitations} />
      {inbox.isError && (
        <ErrorState
          title="The inbox could not be read"
          error={inbox.error}
          onRetry={() => void inbox.refetch()}
        />
      )}
      {inbox.isPending && (
        <div className="rounded-lg border border-border bg-surface">
          <SkeletonRows rows={4} rowHeight="h-16" />
        </div>
      )}
      {inbox.isSuccess && items.length === 0 && invitations.length === 0 && (
        <EmptyState
          icon={Inbox}
          title="Nothing waits for you"
          action={can.createTasks ? newSession : undefined}
        >
          Changes that are ready to review, gates that failed, tasks that stopped and invitations
          appear here.
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul
          aria-label="What waits for you"
          className="divide-y divide-separator rounded-lg border border-border bg-surface"
        >
          {items.map((item, index) => (
            <InboxRow
              key={item.id}
              item={item}
              index={index}
              isSelected={index === selected}
              isApproving={approving === item.id}
              onSelect={() => select(index)}
              onApprove={() => void approve(item)}
              onSnooze={(until) => void snooze(item, until)}
            />
          ))}
        </ul>
      )}
    </Page>
  )
}
