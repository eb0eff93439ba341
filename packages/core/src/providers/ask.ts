import { SluiceError } from '@sluice/contract/errors'
import type { ProviderId } from '@sluice/contract/ids'
import type { ProviderModel, ProviderTest } from '@sluice/contract/provider'
import { toModelError } from '@sluice/llm/errors'
import { listModels, testProvider as sendTest } from '@sluice/llm/providers'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { openProvider } from './queries.ts'

/** The models that the provider really serves. @throws SluiceError not_found, provider_unavailable */
export async function listProviderModels(
  deps: CoreDeps,
  scope: Scope,
  providerId: ProviderId,
  signal: AbortSignal,
): Promise<ProviderModel[]> {
  const { config } = await deps.db.scoped(scope, (tx) => openProvider(deps, tx, scope, providerId))
  try {
    return (await listModels(config, { signal, timeoutMs: 15_000 })).models
  } catch (error) {
    signal.throwIfAborted()
    throw new SluiceError('provider_unavailable', problemOf(error), { cause: error })
  }
}

/** Whatever a provider's address answers, or does not, is said rather than a failure of ours. */
function problemOf(error: unknown): string {
  const known = toModelError(error)
  return known instanceof Error ? known.message : String(known)
}

/** Asks the model something small; a failure is an answer too. @throws SluiceError not_found, invalid_input (no model named) */
export async function testProvider(
  deps: CoreDeps,
  scope: Scope,
  input: { providerId: ProviderId; modelId?: string | undefined },
  signal: AbortSignal,
): Promise<ProviderTest> {
  const { provider, config } = await deps.db.scoped(scope, (tx) =>
    openProvider(deps, tx, scope, input.providerId),
  )
  const modelId = input.modelId ?? provider.defaultModelId ?? undefined
  if (modelId !== undefined) return sendTest(config, { modelId, signal, timeoutMs: 30_000 })
  try {
    const { defaultModelId: found } = await listModels(config, { signal, timeoutMs: 15_000 })
    if (found !== undefined)
      return await sendTest(config, { modelId: found, signal, timeoutMs: 30_000 })
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, modelId: '', answer: null, problem: problemOf(error), latencyMs: 0 }
  }
  throw new SluiceError('invalid_input', 'Say which model to ask: the provider lists none.', {
    details: { field: 'modelId' },
  })
}
