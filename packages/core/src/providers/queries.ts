import { createHash } from 'node:crypto'
import { notFound, SluiceError } from '@sluice/contract/errors'
import type { ProviderId } from '@sluice/contract/ids'
import type { Provider } from '@sluice/contract/provider'
import type { Tx } from '@sluice/db/database'
import type { ProviderConfig } from '@sluice/llm/provider-config'
import { defaultModelId } from '@sluice/llm/providers'
import { and, asc, eq } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { sampleRecording } from '../sample/index.ts'
import { providers, type ProviderRow } from './tables.ts'

/** A provider with what is needed to call it; never leaves the server. */
export interface OpenProvider {
  provider: Provider
  config: ProviderConfig
}

// Providers that stand in no table have ids made from where they come from, so that a
// session keeps its provider over restarts.
const derivedId = (source: string): ProviderId =>
  `prv_${createHash('sha256').update(source).digest('hex').slice(0, 32)}` as ProviderId

const sampleId = derivedId('sample')

function builtInProviders(deps: CoreDeps): OpenProvider[] {
  const found = deps.environmentProviders.map(({ name, config, source }) => ({
    config,
    provider: {
      id: derivedId(source),
      name,
      kind: config.kind,
      baseUrl: 'baseUrl' in config ? (config.baseUrl ?? null) : null,
      hasKey: 'apiKey' in config && config.apiKey !== undefined,
      source,
      isEditable: false,
      defaultModelId: defaultModelId(config) ?? null,
      createdAt: null,
    },
  }))
  const config: ProviderConfig = {
    kind: 'recording',
    recording: sampleRecording(),
    pace: deps.recordingPace,
  }
  const sample: Provider = {
    id: sampleId,
    name: 'Recorded sample',
    kind: 'recording',
    baseUrl: null,
    hasKey: false,
    source: 'sample',
    isEditable: false,
    defaultModelId: defaultModelId(config) ?? null,
    createdAt: null,
  }
  return [...found, { provider: sample, config }]
}

export function toProvider(row: ProviderRow): Provider {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.baseUrl,
    hasKey: row.keySealed !== null,
    source: 'settings',
    isEditable: true,
    defaultModelId: row.defaultModelId,
    createdAt: row.createdAt.toISOString(),
  }
}

function toConfig(deps: CoreDeps, row: ProviderRow): ProviderConfig {
  const apiKey =
    row.keySealed === null ? undefined : deps.secrets.open(row.keySealed, `provider:${row.id}`)
  if (row.kind === 'openai_compatible') {
    if (row.baseUrl === null)
      throw new SluiceError(
        'provider_unavailable',
        `The provider "${row.name}" has no address. Set one in the settings.`,
      )
    return { kind: 'openai_compatible', baseUrl: row.baseUrl, apiKey, name: row.name }
  }
  return { kind: row.kind, apiKey, baseUrl: row.baseUrl ?? undefined }
}

/** Providers set in the page, then those of the environment, then the recorded sample. */
export async function listProviders(deps: CoreDeps, tx: Tx, scope: Scope): Promise<Provider[]> {
  const rows = await tx
    .select()
    .from(providers)
    .where(eq(providers.workspaceId, scope.workspaceId))
    .orderBy(asc(providers.createdAt), asc(providers.id))
  return [...rows.map(toProvider), ...builtInProviders(deps).map(({ provider }) => provider)]
}

export async function requireProviderRow(
  tx: Tx,
  scope: Scope,
  providerId: ProviderId,
): Promise<ProviderRow> {
  const [row] = await tx
    .select()
    .from(providers)
    .where(and(eq(providers.workspaceId, scope.workspaceId), eq(providers.id, providerId)))
  if (row === undefined) throw notFound('provider', providerId)
  return row
}

/** @throws SluiceError not_found; internal when its key cannot be opened */
export async function openProvider(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  providerId: ProviderId,
): Promise<OpenProvider> {
  const builtIn = builtInProviders(deps).find(({ provider }) => provider.id === providerId)
  if (builtIn !== undefined) return builtIn
  const row = await requireProviderRow(tx, scope, providerId)
  return { provider: toProvider(row), config: toConfig(deps, row) }
}

/**
 * The provider and model that a session starts with: the wished ones, else the sample's
 * recording for the sample repository, else the first real provider with a model.
 * @throws SluiceError provider_unavailable when there is none
 */
export async function chooseProvider(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  wish: { providerId?: ProviderId; modelId?: string; isSample: boolean },
): Promise<{ provider: Provider; modelId: string }> {
  const all = await listProviders(deps, tx, scope)
  const real = all.filter(({ kind }) => kind !== 'recording')
  const provider =
    wish.providerId === undefined
      ? wish.isSample
        ? all.find(({ id }) => id === sampleId)
        : (real.find((each) => each.defaultModelId !== null) ?? real[0])
      : all.find(({ id }) => id === wish.providerId)
  if (provider === undefined) {
    if (wish.providerId !== undefined) throw notFound('provider', wish.providerId)
    throw new SluiceError(
      'provider_unavailable',
      'No model provider is connected. Add one under Settings, Model providers, or try the sample.',
    )
  }
  if (provider.kind === 'recording' && !wish.isSample) {
    throw new SluiceError(
      'provider_unavailable',
      'The recorded model answers only in the sample repository. Connect a model under Settings, Model providers.',
    )
  }
  const modelId = wish.modelId ?? provider.defaultModelId
  if (modelId === null) {
    throw new SluiceError(
      'provider_unavailable',
      `Say which model of "${provider.name}" to use: it has no default.`,
      { details: { field: 'modelId' } },
    )
  }
  return { provider, modelId }
}
