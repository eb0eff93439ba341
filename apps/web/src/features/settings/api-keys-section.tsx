import { useQuery } from '@tanstack/react-query'
import { type ApiKey, type ApiKeyCreated } from '@sluice/contract/people'
import { KeyScope, Role } from '@sluice/contract/roles'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { confirm } from '../../ui/confirm.ts'
import { DataTable, type Column } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { ErrorState, InlineError } from '../../ui/error-state.tsx'
import { NumberInput, SelectInput, TextInput } from '../../ui/fields.tsx'
import { notify, notifyError } from '../../ui/notify.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { roleOfNewKey, rolesUpTo } from './roles.logic.ts'
import { SecretOnce } from './secret-once.tsx'

const scopeHints: Record<KeyScope, string> = {
  read: 'Read everything that the role may read',
  tasks: 'Start sessions, decide on tasks (editors)',
  repositories: 'Add and change repositories and gates (admins)',
  settings: 'Change settings and model providers (admins)',
  people: 'Invite, change roles, make keys (admins)',
}

export function ApiKeysSection() {
  const { can } = useMe()
  const list = useQuery(api.apiKeys.list.queryOptions({ input: { limit: 200 } }))
  const refresh = () => queryClient.invalidateQueries({ queryKey: api.apiKeys.key() })

  async function revoke(key: ApiKey) {
    const isSure = await confirm({
      title: `Revoke “${key.name}”?`,
      goes: 'Access for everything that uses this key, at once.',
      stays: 'What was done with it.',
      action: 'Revoke key',
    })
    if (!isSure) return
    try {
      await client.apiKeys.revoke({ apiKeyId: key.id })
      notify(`“${key.name}” was revoked`)
    } catch (cause) {
      notifyError(`“${key.name}” was not revoked.`, cause)
    }
    await refresh()
  }

  const columns: Column<ApiKey>[] = [
    {
      id: 'name',
      header: 'Name',
      className: 'w-2/5 max-w-0',
      cell: (key) => (
        <div className="min-w-0 py-1">
          <div className="truncate font-medium">{key.name}</div>
          <code className="font-mono text-xs text-muted">{key.start}…</code>
        </div>
      ),
    },
    {
      id: 'may',
      header: 'May',
      from: 'sm',
      cell: (key) => `${key.role}: ${key.scopes.join(', ')}`,
    },
    {
      id: 'used',
      header: 'Last used',
      cell: (key) => (key.lastUsedAt === null ? 'never' : <RelativeTime at={key.lastUsedAt} />),
    },
    {
      id: 'ends',
      header: 'Ends',
      from: 'md',
      cell: (key) => (key.expiresAt === null ? 'never' : <RelativeTime at={key.expiresAt} />),
    },
    {
      id: 'revoke',
      header: '',
      align: 'right',
      cell: (key) =>
        can.createTasks ? (
          <Button variant="ghost" onPress={() => void revoke(key)}>
            Revoke
          </Button>
        ) : null,
    },
  ]

  return (
    <>
      {can.createTasks && <NewKeyCard onMade={() => void refresh()} />}
      <Card title="API keys" isFlush>
        {list.isError && (
          <div className="p-4">
            <ErrorState
              title="The keys could not be read"
              error={list.error}
              onRetry={() => void list.refetch()}
            />
          </div>
        )}
        {list.isPending && <SkeletonRows rows={2} rowHeight="h-13" />}
        {list.isSuccess && list.data.items.length === 0 && (
          <EmptyState icon={KeyRound} title="No keys">
            A key lets a script or the command line act in this workspace, with a role and scopes of
            its own.
          </EmptyState>
        )}
        {list.isSuccess && list.data.items.length > 0 && (
          <DataTable
            label="API keys"
            rows={list.data.items}
            columns={columns}
            rowKey={(key) => key.id}
          />
        )}
      </Card>
    </>
  )
}

const NewKey = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(60),
  role: Role,
  scopes: z.array(KeyScope).min(1, 'Choose at least one'),
  expiresInDays: z.number().int().min(1).max(3650).optional(),
})

function NewKeyCard({ onMade }: { onMade: () => void }) {
  const { workspace } = useMe()
  const [made, setMade] = useState<ApiKeyCreated>()
  const form = useDraftForm({
    draftKey: 'api-key',
    initial: {
      name: '',
      role: roleOfNewKey(workspace?.role ?? 'viewer'),
      scopes: ['read', 'tasks', 'repositories'] as KeyScope[],
      expiresInDays: 90 as number | null,
    },
    schema: NewKey,
    toInput: ({ expiresInDays, ...rest }) => ({
      ...rest,
      ...(expiresInDays === null ? {} : { expiresInDays }),
    }),
    onSubmit: async (input) => {
      setMade(await client.apiKeys.create(input))
      form.reset()
      onMade()
    },
  })
  const { values, errors } = form
  return (
    <Card title="New key">
      <form
        noValidate
        className="grid gap-4 sm:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault()
          void form.submit()
        }}
      >
        <TextInput
          label="Name"
          name="name"
          placeholder="ci"
          value={values.name}
          onChange={(value) => form.set('name', value)}
          error={errors.name}
        />
        <SelectInput
          label="Role"
          value={values.role}
          onChange={(role) => form.set('role', role)}
          choices={rolesUpTo(workspace?.role ?? 'viewer')}
          error={errors.role}
        />
        <NumberInput
          label="Ends after"
          name="expiresInDays"
          suffix="days"
          hint="Empty: never."
          value={values.expiresInDays}
          onChange={(value) => form.set('expiresInDays', value)}
          error={errors.expiresInDays}
        />
        <fieldset className="grid gap-1.5 sm:col-span-3">
          <legend className="mb-1 text-list font-medium">May</legend>
          {KeyScope.options.map((scope) => (
            <label key={scope} className="flex items-center gap-2 text-list">
              <input
                type="checkbox"
                className="size-4 shrink-0 accent-accent"
                checked={values.scopes.includes(scope)}
                onChange={(event) =>
                  form.set(
                    'scopes',
                    event.target.checked
                      ? [...values.scopes, scope]
                      : values.scopes.filter((one) => one !== scope),
                  )
                }
              />
              <span className="w-24 shrink-0 font-mono text-xs">{scope}</span>
              <span className="text-muted">{scopeHints[scope]}</span>
            </label>
          ))}
          {errors.scopes !== undefined && <p className="text-xs text-danger">{errors.scopes}</p>}
        </fieldset>
        <div className="grid gap-3 sm:col-span-3">
          <InlineError error={form.failure} />
          {made !== undefined && (
            <SecretOnce
              title={`The key “${made.name}”`}
              secret={made.key}
              hint="It is shown once and stored only as a hash."
              onClose={() => setMade(undefined)}
            />
          )}
          <div>
            <Button
              type="submit"
              variant="primary"
              pending={form.isPending ? 'Making it…' : undefined}
            >
              Make key
            </Button>
          </div>
        </div>
      </form>
    </Card>
  )
}
