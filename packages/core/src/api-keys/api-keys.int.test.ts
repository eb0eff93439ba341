import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '@sluice/contract/roles'
import { createFakeClock, type FakeClock } from '@sluice/testing/clock'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import {
  createTestMember,
  createTestWorkspace,
  type TestWorkspace,
} from '@sluice/testing/workspace'
import { listAudit } from '../audit/index.ts'
import { createAuth, type Auth } from '../auth/index.ts'
import type { Scope } from '../platform/index.ts'
import { createApiKey, listApiKeys, revokeApiKey } from './index.ts'

let database: TestDatabase
let home: TestWorkspace
let owner: Scope
let clock: FakeClock
let auth: Auth

beforeAll(async () => {
  database = await createTestDatabase()
  clock = createFakeClock(new Date('2026-03-04T05:06:07.000Z'))
  auth = createAuth({
    db: database.db,
    databaseUrl: database.url,
    clock,
    secret: 's'.repeat(32),
    publicUrl: 'http://127.0.0.1:4000',
    onError: (error) => {
      throw error
    },
  })
})
afterAll(async () => {
  await auth?.close()
  await database?.drop()
})
beforeEach(async () => {
  home = await createTestWorkspace(database.db)
  owner = { ...home.scope, workspaceId: home.workspaceId, role: 'owner' }
})

const deps = () => ({ db: database.db, clock })
const who = (key: string) => auth.authenticate(new Headers({ authorization: `Bearer ${key}` }))
const ask = (text: string) =>
  withAdmin(database.url, async (client) => (await client.query(text)).rows)
async function member(role: Role): Promise<Scope> {
  const { scope } = await createTestMember(database.db, home.workspaceId, role)
  return { ...scope, workspaceId: home.workspaceId, role }
}

describe('a key', () => {
  test('is shown once, kept as a digest, and names its workspace, role, scopes and maker', async () => {
    const made = await createApiKey(deps(), owner, {
      name: 'CI',
      role: 'editor',
      scopes: ['read', 'tasks', 'read'],
    })
    expect(made).toMatchObject({
      name: 'CI',
      role: 'editor',
      scopes: ['read', 'tasks'],
      start: made.key.slice(0, 8),
      expiresAt: null,
      lastUsedAt: null,
      createdBy: 'The owner',
    })
    expect(JSON.stringify(await ask('select * from api_keys'))).not.toContain(made.key)
    expect(JSON.stringify(await listApiKeys(deps(), owner, { limit: 10 }))).not.toContain(made.key)
    expect(await who(made.key)).toMatchObject({
      via: 'api_key',
      user: { id: home.userId },
      actor: { type: 'api_key', id: made.id, name: 'CI (The owner)' },
      workspaces: [{ id: home.workspaceId, role: 'editor' }],
      apiKey: {
        id: made.id,
        workspaceId: home.workspaceId,
        role: 'editor',
        scopes: ['read', 'tasks'],
      },
    })
    expect(await auth.authenticate(new Headers({ 'x-api-key': made.key }))).toMatchObject({
      via: 'api_key',
    })
  })

  test('says when it was last used, to the minute', async () => {
    const { key } = await createApiKey(deps(), owner, {
      name: 'CI',
      role: 'viewer',
      scopes: ['read'],
    })
    const lastUsed = async () =>
      (await listApiKeys(deps(), owner, { limit: 10 })).items[0]!.lastUsedAt
    await who(key)
    const first = clock.now().toISOString()
    expect(await lastUsed()).toBe(first)
    clock.advance(59_000)
    await who(key)
    expect(await lastUsed()).toBe(first)
    clock.advance(2_000)
    await who(key)
    expect(await lastUsed()).toBe(clock.now().toISOString())
  })

  test('is refused at once when it is revoked', async () => {
    const made = await createApiKey(deps(), owner, { name: 'CI', role: 'viewer', scopes: ['read'] })
    expect(await who(made.key)).toBeDefined()
    await revokeApiKey(deps(), owner, { apiKeyId: made.id })
    expect(await who(made.key)).toBeUndefined()
    expect((await listApiKeys(deps(), owner, { limit: 10 })).items).toEqual([])
    await expect(revokeApiKey(deps(), owner, { apiKeyId: made.id })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(
      (await listAudit(deps(), owner, { limit: 10 })).items.map(({ action }) => action),
    ).toEqual(['api_key.revoked', 'api_key.created'])
  })

  test('is refused when its time is over', async () => {
    const made = await createApiKey(deps(), owner, {
      name: 'CI',
      role: 'viewer',
      scopes: ['read'],
      expiresInDays: 1,
    })
    clock.advance(24 * 3600 * 1000 - 1)
    expect(await who(made.key)).toBeDefined()
    clock.advance(1)
    expect(await who(made.key)).toBeUndefined()
  })

  test('falls with its maker: to their lower role, and altogether when they leave', async () => {
    const admin = await member('admin')
    const { key } = await createApiKey(deps(), admin, {
      name: 'CI',
      role: 'admin',
      scopes: ['read'],
    })
    await ask(`update members set role = 'viewer' where user_id = '${admin.actor.id}'`)
    expect(await who(key)).toMatchObject({
      apiKey: { role: 'viewer' },
      workspaces: [{ role: 'viewer' }],
    })
    await ask(`delete from members where user_id = '${admin.actor.id}'`)
    expect(await who(key)).toBeUndefined()
  })

  test('that was changed or cut is nobody', async () => {
    const { key } = await createApiKey(deps(), owner, {
      name: 'CI',
      role: 'viewer',
      scopes: ['read'],
    })
    for (const other of [
      `${key}x`,
      key.slice(0, -1),
      key.replace('slk_', 'sk_'),
      `slk_${'A'.repeat(43)}`,
    ])
      expect(await who(other), other).toBeUndefined()
  })
})

describe('what can be given', () => {
  test('is the own role at most', async () => {
    const editor = await member('editor')
    await expect(
      createApiKey(deps(), editor, { name: 'up', role: 'admin', scopes: ['read'] }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('by a key is its own role and scopes at most, in the name of its maker', async () => {
    const made = await createApiKey(deps(), owner, {
      name: 'parent',
      role: 'editor',
      scopes: ['read', 'people'],
    })
    const principal = (await who(made.key))!
    const byKey: Scope = {
      workspaceId: home.workspaceId,
      actor: principal.actor,
      role: principal.apiKey!.role,
    }
    await expect(
      createApiKey(deps(), byKey, { name: 'up', role: 'owner', scopes: ['read'] }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await expect(
      createApiKey(deps(), byKey, { name: 'wide', role: 'viewer', scopes: ['settings'] }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    const child = await createApiKey(deps(), byKey, {
      name: 'child',
      role: 'viewer',
      scopes: ['read'],
    })
    expect(await who(child.key)).toMatchObject({ user: { id: home.userId } })
  })

  test('an editor revokes own keys, an admin anyone’s, nobody another workspace’s', async () => {
    const [editor, colleague, admin] = [
      await member('editor'),
      await member('editor'),
      await member('admin'),
    ]
    const first = await createApiKey(deps(), editor, {
      name: 'first',
      role: 'viewer',
      scopes: ['read'],
    })
    const second = await createApiKey(deps(), editor, {
      name: 'second',
      role: 'viewer',
      scopes: ['read'],
    })
    await expect(revokeApiKey(deps(), colleague, { apiKeyId: first.id })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const other = await createTestWorkspace(database.db)
    const stranger: Scope = { ...other.scope, workspaceId: other.workspaceId, role: 'owner' }
    await expect(revokeApiKey(deps(), stranger, { apiKeyId: first.id })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect((await listApiKeys(deps(), stranger, { limit: 10 })).items).toEqual([])
    await revokeApiKey(deps(), editor, { apiKeyId: first.id })
    await revokeApiKey(deps(), admin, { apiKeyId: second.id })
    expect([await who(first.key), await who(second.key)]).toEqual([undefined, undefined])
  })
})
