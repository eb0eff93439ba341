import { notFound, SluiceError } from '@sluice/contract/errors'
import { createId, type ApiKeyId, type UserId } from '@sluice/contract/ids'
import type { Page, PageQuery } from '@sluice/contract/paging'
import type { ApiKey, ApiKeyCreated } from '@sluice/contract/people'
import { hasRole, type KeyScope, type Role } from '@sluice/contract/roles'
import type { Database, Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { recordAudit, type AuditInput } from '../audit/index.ts'
import { createApiKeySecret, digestSecret } from '../auth/index.ts'
import { decodeCursor, toPage, type Scope } from '../platform/index.ts'
import { users } from '../users/index.ts'
import { apiKeys } from './tables.ts'

interface ApiKeyDeps {
  db: Database
  clock: { now(): Date }
}
type ApiKeyRow = typeof apiKeys.$inferSelect

const startLength = 8

const toApiKey = (row: ApiKeyRow, createdBy: string): ApiKey => ({
  id: row.id,
  name: row.name,
  start: row.start,
  role: row.role,
  scopes: row.scopes,
  createdBy,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  expiresAt: row.expiresAt?.toISOString() ?? null,
})

/** The keys of the workspace that were not revoked, newest first; never the keys themselves. */
export function listApiKeys(
  deps: { db: Database },
  scope: Scope,
  query: PageQuery,
): Promise<Page<ApiKey>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select({ row: apiKeys, createdBy: users.name })
      .from(apiKeys)
      .innerJoin(users, eq(users.id, apiKeys.createdBy))
      .where(
        and(
          eq(apiKeys.workspaceId, scope.workspaceId),
          isNull(apiKeys.revokedAt),
          after &&
            sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      .limit(query.limit + 1)
    return toPage(
      rows,
      query.limit,
      ({ row }) => ({ at: row.createdAt, id: row.id }),
      ({ row, createdBy }) => toApiKey(row, createdBy),
    )
  })
}

export interface CreateApiKeyInput {
  name: string
  role: Role
  scopes: KeyScope[]
  expiresInDays?: number | undefined
}

/**
 * Makes a key for the caller in this workspace; its text is given here and never again. Nothing can give
 * more than it has: not a person above their role, not a key above its role and scopes.
 * @throws SluiceError `forbidden`
 */
export async function createApiKey(
  deps: ApiKeyDeps,
  scope: Scope,
  input: CreateApiKeyInput,
): Promise<ApiKeyCreated> {
  if (!hasRole(scope.role, input.role))
    throw new SluiceError('forbidden', 'A key can have your own role at most.')
  const key = createApiKeySecret()
  const now = deps.clock.now()
  return deps.db.scoped(scope, async (tx) => {
    const createdBy = await requireMaker(tx, scope, input.scopes)
    const [row] = await tx
      .insert(apiKeys)
      .values({
        id: createId('key'),
        workspaceId: scope.workspaceId,
        name: input.name,
        start: key.slice(0, startLength),
        keyHash: digestSecret(key),
        role: input.role,
        scopes: [...new Set(input.scopes)],
        createdBy,
        createdAt: now,
        expiresAt: input.expiresInDays
          ? new Date(now.getTime() + input.expiresInDays * 24 * 3600 * 1000)
          : null,
      })
      .returning()
    const [maker] = await tx.select({ name: users.name }).from(users).where(eq(users.id, createdBy))
    await record(tx, scope, {
      action: 'api_key.created',
      subjectType: 'api_key',
      subjectId: row!.id,
      details: { name: input.name, role: input.role, scopes: row!.scopes },
    })
    return { ...toApiKey(row!, maker?.name ?? ''), key }
  })
}

/** Ends a key at once: one's own, or as an admin anyone's. @throws SluiceError `not_found`, `forbidden` */
export async function revokeApiKey(
  deps: ApiKeyDeps,
  scope: Scope,
  input: { apiKeyId: ApiKeyId },
): Promise<{ ok: true }> {
  await deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .select()
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.workspaceId, scope.workspaceId),
          eq(apiKeys.id, input.apiKeyId),
          isNull(apiKeys.revokedAt),
        ),
      )
      .for('update')
    if (!row) throw notFound('API key', input.apiKeyId)
    const isOwn = scope.actor.id === row.createdBy || scope.actor.id === row.id
    if (!isOwn && !hasRole(scope.role, 'admin'))
      throw new SluiceError('forbidden', "Only an admin can revoke someone else's key.")
    await tx
      .update(apiKeys)
      .set({ revokedAt: deps.clock.now() })
      .where(and(eq(apiKeys.workspaceId, scope.workspaceId), eq(apiKeys.id, row.id)))
    await record(tx, scope, {
      action: 'api_key.revoked',
      subjectType: 'api_key',
      subjectId: row.id,
      details: { name: row.name },
    })
  })
  return { ok: true }
}

/** Ends every key that a user made in the workspace, as when they leave it. */
export async function revokeKeysOf(tx: Tx, scope: Scope, userId: UserId, now: Date): Promise<void> {
  await tx
    .update(apiKeys)
    .set({ revokedAt: now })
    .where(
      and(
        eq(apiKeys.workspaceId, scope.workspaceId),
        eq(apiKeys.createdBy, userId),
        isNull(apiKeys.revokedAt),
      ),
    )
}

/** The person in whose name a key is made: the caller, or the maker of the key that calls. */
async function requireMaker(tx: Tx, scope: Scope, scopes: readonly KeyScope[]): Promise<UserId> {
  if (scope.actor.type === 'user') return scope.actor.id as UserId
  const [caller] = await tx
    .select({ createdBy: apiKeys.createdBy, scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(
      and(eq(apiKeys.workspaceId, scope.workspaceId), eq(apiKeys.id, scope.actor.id as ApiKeyId)),
    )
  if (!caller) throw new SluiceError('forbidden', 'Only a person or their key can make a key.')
  const above = scopes.filter((wanted) => !caller.scopes.includes(wanted))
  if (above.length > 0)
    throw new SluiceError(
      'forbidden',
      `A key can pass on its own scopes only, not ${above.join(', ')}.`,
    )
  return caller.createdBy
}

async function record(tx: Tx, scope: Scope, entry: AuditInput): Promise<void> {
  await recordAudit(tx, scope, entry)
  append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'people.changed', payload: {} }])
}
