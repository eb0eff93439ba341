import { useQuery } from '@tanstack/react-query'
import type { SandboxProviderName } from '@sluice/contract/repository'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Callout } from '../../ui/callout.tsx'
import { Card } from '../../ui/card.tsx'
import { confirm } from '../../ui/confirm.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { SelectInput, SwitchInput } from '../../ui/fields.tsx'
import { notifyError } from '../../ui/notify.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { SandboxFacts } from './sandbox-facts.tsx'
import { SettingsForm } from './settings-form.tsx'

export function SandboxSection() {
  const { can } = useMe()
  const settings = useQuery(api.settings.get.queryOptions())
  const sandboxes = useQuery(api.settings.sandboxes.queryOptions())
  const failed = [settings, sandboxes].find((query) => query.isError)
  if (failed !== undefined) {
    return (
      <ErrorState
        title="The sandbox settings could not be read"
        error={failed.error}
        onRetry={() => void failed.refetch()}
      />
    )
  }
  if (settings.data === undefined || sandboxes.data === undefined)
    return <Skeleton className="h-72 w-full" />
  const { sandboxProvider, allowUnsandboxed } = settings.data

  async function update(input: {
    sandboxProvider?: SandboxProviderName
    allowUnsandboxed?: boolean
  }) {
    try {
      queryClient.setQueryData(api.settings.get.queryKey(), await client.settings.update(input))
    } catch (cause) {
      notifyError('The setting was not changed.', cause)
    }
  }

  async function allow(isOn: boolean) {
    if (isOn) {
      const isSure = await confirm({
        title: 'Let people work without a sandbox?',
        goes: 'The separation, wherever somebody chooses “worktree”: commands of agents and gates then run on this machine with its files and its network.',
        stays:
          'The sandbox everywhere else. Every page of such a repository or session says that it has none.',
        action: 'Allow it',
      })
      if (!isSure) return
    }
    await update({ allowUnsandboxed: isOn })
  }

  return (
    <>
      {sandboxProvider === 'worktree' && (
        <Callout tone="warning" title="Commands run without a sandbox">
          In every repository that does not say otherwise, agents and gates run on this machine
          itself.
        </Callout>
      )}
      <Card
        title="Sandbox"
        hint="Where agents and gates run their commands, unless a repository says otherwise."
      >
        <div className="grid max-w-md gap-4">
          <SelectInput
            label="Default"
            value={sandboxProvider}
            onChange={(choice) => void update({ sandboxProvider: choice })}
            isDisabled={!can.manageSettings}
            choices={[
              {
                id: 'bubblewrap',
                label: 'bubblewrap',
                hint: 'No home, no other repository, no network',
              },
              ...(allowUnsandboxed || sandboxProvider === 'worktree'
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
          <SwitchInput
            label="Allow work without a sandbox"
            hint="Lets people choose “worktree” for a repository."
            isOn={allowUnsandboxed}
            onChange={(isOn) => void allow(isOn)}
            isDisabled={!can.manageSettings}
          />
        </div>
      </Card>
      <SettingsForm
        title="Limits of a sandbox"
        settings={settings.data}
        canEdit={can.manageSettings}
        fields={[
          { name: 'sandboxMemoryMegabytes', label: 'Memory', unit: 'MB', hint: 'From 128 MB.' },
          { name: 'sandboxProcesses', label: 'Processes', unit: 'processes', hint: 'From 16.' },
          {
            name: 'commandTimeoutSeconds',
            label: 'Time of one command',
            unit: 'seconds',
            hint: 'At most 21,600 (6 hours).',
          },
        ]}
      />
      <Card title="On this machine">
        <SandboxFacts sandboxes={sandboxes.data.items} />
      </Card>
    </>
  )
}
