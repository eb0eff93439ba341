import { z } from 'zod'
import { ProviderId } from '../ids.ts'
import { Provider, ProviderInput, ProviderModel, ProviderTest } from '../provider.ts'
import { About, SandboxAvailability, WorkspaceSettings } from '../settings.ts'
import { Done, operation } from './operation.ts'

const read = { role: 'viewer', scope: 'read' } as const
const write = { role: 'admin', scope: 'settings' } as const
const byId = z.object({ providerId: ProviderId })

export const providers = {
  list: operation('GET', '/providers', {
    summary: 'List model providers',
    tag: 'Providers',
    access: read,
  }).output(z.object({ items: z.array(Provider) })),
  create: operation('POST', '/providers', {
    summary: 'Add a model provider; its key is stored encrypted',
    tag: 'Providers',
    access: write,
    successStatus: 201,
  })
    .input(ProviderInput)
    .output(Provider),
  update: operation('PATCH', '/providers/{providerId}', {
    summary: 'Change a provider',
    tag: 'Providers',
    access: write,
  })
    .input(
      byId.extend({
        name: ProviderInput.shape.name.optional(),
        baseUrl: ProviderInput.shape.baseUrl.nullable(),
        apiKey: ProviderInput.shape.apiKey,
        defaultModelId: ProviderInput.shape.defaultModelId.nullable(),
      }),
    )
    .output(Provider),
  remove: operation('DELETE', '/providers/{providerId}', {
    summary: 'Delete a provider',
    tag: 'Providers',
    access: write,
  })
    .input(byId)
    .output(Done),
  models: operation('GET', '/providers/{providerId}/models', {
    summary: 'The models it offers',
    tag: 'Providers',
    access: read,
  })
    .input(byId)
    .output(z.object({ items: z.array(ProviderModel) })),
  test: operation('POST', '/providers/{providerId}/test', {
    summary: 'Ask it something small and show the real answer',
    tag: 'Providers',
    access: write,
  })
    .input(byId.extend({ modelId: z.string().min(1).max(200).optional() }))
    .output(ProviderTest),
}

export const settings = {
  get: operation('GET', '/settings', {
    summary: 'Limits and defaults',
    tag: 'Settings',
    access: read,
  }).output(WorkspaceSettings),
  update: operation('PATCH', '/settings', {
    summary: 'Change limits and defaults',
    tag: 'Settings',
    access: write,
  })
    .input(
      z.object(
        Object.fromEntries(
          Object.entries(WorkspaceSettings.shape).map(([name, field]) => [
            name,
            field.unwrap().optional(),
          ]),
        ) as {
          [K in keyof typeof WorkspaceSettings.shape]: z.ZodOptional<
            ReturnType<(typeof WorkspaceSettings.shape)[K]['unwrap']>
          >
        },
      ),
    )
    .output(WorkspaceSettings),
  sandboxes: operation('GET', '/settings/sandboxes', {
    summary: 'Which sandboxes this machine has, and how to get the others',
    tag: 'Settings',
    access: read,
  }).output(z.object({ items: z.array(SandboxAvailability) })),
  about: operation('GET', '/settings/about', {
    summary: 'Version, data folder, database, workers',
    tag: 'Settings',
    access: { role: 'admin', scope: 'read' },
  }).output(About),
}
