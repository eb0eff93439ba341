import { createId, type ProviderId } from '@sluice/contract/ids'
import { SluiceError } from '@sluice/contract/errors'
import type { Provider, ProviderInput } from '@sluice/contract/provider'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, eq, ne } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { requireProviderRow, toProvider } from './queries.ts'
import { providers } from './tables.ts'

async function announce(
  tx: Tx,
  scope: Scope,
  action: string,
  provider: { id: string; name: string },
): Promise<void> {
  append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'providers.changed', payload: {} }])
  await recordAudit(tx, scope, {
    action,
    subjectType: 'provider',
    subjectId: provider.id,
    details: { name: provider.name },
  })
}

async function requireFreeName(
  tx: Tx,
  scope: Scope,
  name: string,
  except?: ProviderId,
): Promise<void> {
  const [taken] = await tx
    .select({ id: providers.id })
    .from(providers)
    .where(
      and(
        eq(providers.workspaceId, scope.workspaceId),
        eq(providers.name, name),
        except && ne(providers.id, except),
      ),
    )
  if (taken !== undefined)
    throw new SluiceError('conflict', `A provider named "${name}" exists. Choose another name.`, {
      details: { field: 'name' },
    })
}

/** @throws SluiceError conflict (the name is taken), invalid_input (a compatible endpoint without an address) */
export function createProvider(
  deps: CoreDeps,
  scope: Scope,
  input: ProviderInput,
): Promise<Provider> {
  if (input.kind === 'openai_compatible' && input.baseUrl === undefined) {
    throw new SluiceError('invalid_input', 'An OpenAI-compatible provider needs its address.', {
      details: { field: 'baseUrl' },
    })
  }
  return deps.db.scoped(scope, async (tx) => {
    await requireFreeName(tx, scope, input.name)
    const id = createId('prv')
    const [row] = await tx
      .insert(providers)
      .values({
        id,
        workspaceId: scope.workspaceId,
        name: input.name,
        kind: input.kind,
        baseUrl: input.baseUrl ?? null,
        keySealed:
          input.apiKey === undefined ? null : deps.secrets.seal(input.apiKey, `provider:${id}`),
        defaultModelId: input.defaultModelId ?? null,
        createdAt: deps.clock.now(),
      })
      .returning()
    await announce(tx, scope, 'provider.created', row!)
    return toProvider(row!)
  })
}

export interface ProviderChange {
  name?: string | undefined
  baseUrl?: string | null | undefined
  apiKey?: string | undefined
  defaultModelId?: string | null | undefined
}

/** @throws SluiceError not_found (those of the environment are not here either), conflict */
export function updateProvider(
  deps: CoreDeps,
  scope: Scope,
  providerId: ProviderId,
  change: ProviderChange,
): Promise<Provider> {
  return deps.db.scoped(scope, async (tx) => {
    const before = await requireProviderRow(tx, scope, providerId)
    if (change.name !== undefined) await requireFreeName(tx, scope, change.name, providerId)
    const [row] = await tx
      .update(providers)
      .set({
        name: change.name ?? before.name,
        baseUrl: change.baseUrl === undefined ? before.baseUrl : change.baseUrl,
        keySealed:
          change.apiKey === undefined
            ? before.keySealed
            : deps.secrets.seal(change.apiKey, `provider:${providerId}`),
        defaultModelId:
          change.defaultModelId === undefined ? before.defaultModelId : change.defaultModelId,
      })
      .where(and(eq(providers.workspaceId, scope.workspaceId), eq(providers.id, providerId)))
      .returning()
    await announce(tx, scope, 'provider.changed', row!)
    return toProvider(row!)
  })
}

/** @throws SluiceError not_found */
export function removeProvider(
  deps: CoreDeps,
  scope: Scope,
  providerId: ProviderId,
): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireProviderRow(tx, scope, providerId)
    await tx
      .delete(providers)
      .where(and(eq(providers.workspaceId, scope.workspaceId), eq(providers.id, providerId)))
    await announce(tx, scope, 'provider.removed', row)
  })
}
