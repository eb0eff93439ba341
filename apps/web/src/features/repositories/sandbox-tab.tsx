import { useQuery } from '@tanstack/react-query'
import type { Repository, SandboxProviderName } from '@sluice/contract/repository'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Callout } from '../../ui/callout.tsx'
import { Card } from '../../ui/card.tsx'
import { confirm } from '../../ui/confirm.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { SelectInput } from '../../ui/fields.tsx'
import { notifyError } from '../../ui/notify.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { SandboxFacts } from '../settings/sandbox-facts.tsx'

type SandboxChoice = SandboxProviderName | 'workspace'

/** Stays in view on every tab while commands of this repository run on the bare host. */
export function UnsandboxedWarning({ repository }: { repository: Repository }) {
  const settings = useQuery(api.settings.get.queryOptions())
  const provider = repository.sandboxProvider ?? settings.data?.sandboxProvider
  if (provider !== 'worktree') return null
  return (
    <div className="mt-3">
      <Callout tone="warning" title="Commands run without a sandbox">
        Agents and gates of this repository run on this machine with its files, its network and your
        rights.
      </Callout>
    </div>
  )
}

export function SandboxTab({ repository }: { repository: Repository }) {
  const { can } = useMe()
  const settings = useQuery(api.settings.get.queryOptions())
  const sandboxes = useQuery(api.settings.sandboxes.queryOptions())
  const [isPending, setIsPending] = useState(false)
  const failed = [settings, sandboxes].find((query) => query.isError)
  if (failed !== undefined) {
    return (
      <ErrorState
        title="The sandboxes could not be read"
        error={failed.error}
        onRetry={() => void failed.refetch()}
      />
    )
  }
  if (settings.data === undefined || sandboxes.data === undefined)
    return <Skeleton className="h-48 w-full" />
  const { sandboxProvider, allowUnsandboxed } = settings.data

  async function choose(choice: SandboxChoice) {
    if (choice === 'worktree') {
      const isSure = await confirm({
        title: 'Run without a sandbox?',
        goes: 'The separation: commands of agents and gates on this repository run on this machine, with its files and its network.',
        stays:
          'Your approval before anything is committed. A warning stays on this page and on every session.',
        action: 'Run without a sandbox',
      })
      if (!isSure) return
    }
    setIsPending(true)
    try {
      const updated = await client.repositories.update({
        repositoryId: repository.id,
        sandboxProvider: choice === 'workspace' ? null : choice,
      })
      queryClient.setQueryData(
        api.repositories.get.queryKey({ input: { repositoryId: repository.id } }),
        updated,
      )
    } catch (cause) {
      notifyError('The sandbox was not changed.', cause)
    }
    setIsPending(false)
  }

  return (
    <div className="grid gap-4">
      <Card title="Sandbox of this repository" hint="Where agents and gates run their commands.">
        <div className="max-w-md">
          <SelectInput<SandboxChoice>
            label="Sandbox"
            value={repository.sandboxProvider ?? 'workspace'}
            onChange={(choice) => void choose(choice)}
            isDisabled={!can.manageRepositories || isPending}
            hint={can.manageRepositories ? undefined : 'An admin or an owner can change this.'}
            choices={[
              { id: 'workspace', label: `As the workspace: ${sandboxProvider}` },
              {
                id: 'bubblewrap',
                label: 'bubblewrap',
                hint: 'No home, no other repository, no network',
              },
              ...(allowUnsandboxed || repository.sandboxProvider === 'worktree'
                ? [
                    {
                      id: 'worktree' as const,
                      label: 'worktree',
                      hint: 'Without a sandbox: on this machine itself',
                    },
                  ]
                : []),
            ]}
          />
        </div>
        {!allowUnsandboxed && (
          <p className="mt-3 text-list text-muted">
            Running without a sandbox is not allowed in this workspace; the setting is under
            Settings, Sandbox.
          </p>
        )}
      </Card>
      <Card title="On this machine">
        <SandboxFacts sandboxes={sandboxes.data.items} />
      </Card>
    </div>
  )
}
