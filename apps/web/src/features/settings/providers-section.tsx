import { useQuery } from '@tanstack/react-query'
import type { Provider } from '@sluice/contract/provider'
import { Bot, Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { ProviderForm } from './provider-form.tsx'
import { ProviderRow } from './provider-row.tsx'

export function ProvidersSection() {
  const { can } = useMe()
  const list = useQuery(api.providers.list.queryOptions())
  const [editing, setEditing] = useState<Provider | 'new'>()
  const add = can.manageSettings && (
    <Button icon={<Plus aria-hidden />} onPress={() => setEditing('new')}>
      Connect a model
    </Button>
  )
  return (
    <>
      {!can.manageSettings && (
        <Callout>You may see the providers. An admin or an owner connects and tests them.</Callout>
      )}
      {editing !== undefined && (
        <Card title={editing === 'new' ? 'Connect a model' : `Edit “${editing.name}”`}>
          <ProviderForm
            key={editing === 'new' ? 'new' : editing.id}
            provider={editing === 'new' ? undefined : editing}
            onDone={() => {
              setEditing(undefined)
              void queryClient.invalidateQueries({ queryKey: api.providers.key() })
            }}
            onCancel={() => setEditing(undefined)}
          />
        </Card>
      )}
      <Card
        title="Model providers"
        hint="Found in the server's environment, or added here with an encrypted key."
        actions={add}
        isFlush
      >
        {list.isError && (
          <div className="p-4">
            <ErrorState
              title="The providers could not be read"
              error={list.error}
              onRetry={() => void list.refetch()}
            />
          </div>
        )}
        {list.isPending && <SkeletonRows rows={3} rowHeight="h-14" />}
        {list.isSuccess && list.data.items.length === 0 && (
          <EmptyState icon={Bot} title="No model is connected" action={add}>
            Connect Anthropic, OpenAI, or any compatible address, such as Ollama or vLLM. The sample
            works without.
          </EmptyState>
        )}
        {list.isSuccess && list.data.items.length > 0 && (
          <ul className="divide-y divide-separator">
            {list.data.items.map((provider) => (
              <ProviderRow
                // A changed provider begins anew: an old answer would speak of an old address.
                key={`${provider.id} ${provider.baseUrl} ${provider.defaultModelId}`}
                provider={provider}
                canManage={can.manageSettings}
                onEdit={() => setEditing(provider)}
              />
            ))}
          </ul>
        )}
      </Card>
    </>
  )
}
