import type { Provider, ProviderTest } from '@sluice/contract/provider'
import { CircleCheck, OctagonX, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { confirm } from '../../ui/confirm.ts'
import { InlineError } from '../../ui/error-state.tsx'
import { formatDuration } from '../../ui/format.ts'
import { notify, notifyError } from '../../ui/notify.ts'
import { providerLabel } from './providers.logic.ts'

/** One provider with its test: the button asks the model something small and shows what it really said. */
export function ProviderRow({
  provider,
  canManage,
  onEdit,
}: {
  provider: Provider
  canManage: boolean
  onEdit: () => void
}) {
  const [isTesting, setIsTesting] = useState(false)
  const [test, setTest] = useState<ProviderTest>()
  const [failure, setFailure] = useState<unknown>(null)

  async function run() {
    setIsTesting(true)
    setFailure(null)
    setTest(undefined)
    try {
      setTest(await client.providers.test({ providerId: provider.id }))
    } catch (cause) {
      setFailure(cause)
    }
    setIsTesting(false)
  }

  async function remove() {
    const isSure = await confirm({
      title: `Remove “${provider.name}”?`,
      goes: 'Its address and its stored key. Sessions that use it stop at their next turn.',
      stays: 'What it answered before, and its cost.',
      action: 'Remove provider',
    })
    if (!isSure) return
    try {
      await client.providers.remove({ providerId: provider.id })
      notify(`“${provider.name}” was removed`)
    } catch (cause) {
      notifyError(`“${provider.name}” was not removed.`, cause)
    }
    await queryClient.invalidateQueries({ queryKey: api.providers.key() })
  }

  return (
    <li className="px-4 py-2.5">
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 basis-48">
          <div className="truncate font-medium">{provider.name}</div>
          <div className="flex min-w-0 flex-wrap gap-x-3 text-xs text-muted">
            <span>{providerLabel(provider)}</span>
            {provider.baseUrl !== null && (
              <code className="truncate font-mono">{provider.baseUrl}</code>
            )}
            {provider.defaultModelId !== null && (
              <code className="font-mono">{provider.defaultModelId}</code>
            )}
            {!provider.hasKey && provider.kind !== 'recording' && <span>no key</span>}
          </div>
        </div>
        {canManage && (
          <div className="flex items-center gap-1">
            {provider.kind !== 'recording' && (
              <Button onPress={() => void run()} pending={isTesting ? 'Asking…' : undefined}>
                Test
              </Button>
            )}
            {provider.isEditable && (
              <>
                <IconButton
                  label={`Edit ${provider.name}`}
                  icon={<Pencil aria-hidden />}
                  onPress={onEdit}
                />
                <IconButton
                  label={`Remove ${provider.name}`}
                  icon={<Trash2 aria-hidden />}
                  onPress={() => void remove()}
                />
              </>
            )}
          </div>
        )}
      </div>
      {failure !== null && (
        <div className="mt-2">
          <InlineError error={failure} />
        </div>
      )}
      {test !== undefined && (
        <div
          role="status"
          className={`mt-2 rounded-md px-3 py-2 text-list ${test.ok ? 'bg-success-soft' : 'bg-danger-soft'}`}
        >
          <p
            className={`flex items-center gap-1.5 font-medium ${test.ok ? 'text-success' : 'text-danger'}`}
          >
            {test.ok ? <CircleCheck size={14} aria-hidden /> : <OctagonX size={14} aria-hidden />}
            <code className="font-mono text-xs">{test.modelId}</code>{' '}
            {test.ok ? 'answered' : 'did not answer'} after {formatDuration(test.latencyMs)}
          </p>
          <p className="mt-1 break-words whitespace-pre-wrap">
            {test.ok ? test.answer : test.problem}
          </p>
        </div>
      )}
    </li>
  )
}
