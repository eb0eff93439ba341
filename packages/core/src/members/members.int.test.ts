import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createId, type MemberId, type UserId } from '@sluice/contract/ids'
import type { Role } from '@sluice/contract/roles'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import {
  createTestMember,
  createTestWorkspace,
  type TestWorkspace,
} from '@sluice/testing/workspace'
import { createApiKey, listApiKeys } from '../api-keys/index.ts'
import { listAudit } from '../audit/index.ts'
import type { Scope } from '../platform/index.ts'
import { listMembers, removeMember, updateMember } from './index.ts'

let database: TestDatabase
let home: TestWorkspace
let owner: Scope

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())
beforeEach(async () => {
  home = await createTestWorkspace(database.db)
  owner = { ...home.scope, workspaceId: home.workspaceId, role: 'owner', address: '192.0.2.1' }
})

const deps = () => ({ db: database.db, clock: { now: () => new Date() } })
const all = async (scope: Scope = owner) => (await listMembers(deps(), scope, { limit: 200 })).items
async function join(role: Role): Promise<{ memberId: MemberId; scope: Scope; userId: UserId }> {
  const { userId, scope } = await createTestMember(database.db, home.workspaceId, role)
  const member = (await all()).find(({ user }) => user.id === userId)!
  return { memberId: member.id, userId, scope: { ...scope, workspaceId: home.workspaceId, role } }
}
const audit = async () => (await listAudit(deps(), owner, { limit: 50 })).items

describe('members', () => {
  test('are listed in pages, first joined first, each once', async () => {
    for (const role of ['viewer', 'editor', 'admin', 'viewer'] as const) await join(role)
    const expected = (await all()).map(({ id }) => id)
    expect(expected).toHaveLength(5)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await listMembers(deps(), owner, { limit: 2, cursor })
      paged.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(paged).toEqual(expected)
  })

  test('of another workspace are neither listed nor changed', async () => {
    const other = await createTestWorkspace(database.db)
    const stranger: Scope = { ...other.scope, workspaceId: other.workspaceId, role: 'owner' }
    const { memberId } = await join('viewer')
    expect((await all(stranger)).map(({ user }) => user.id)).toEqual([other.userId])
    await expect(updateMember(deps(), stranger, { memberId, role: 'admin' })).rejects.toMatchObject(
      { code: 'not_found' },
    )
    await expect(removeMember(deps(), stranger, { memberId })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect((await all()).find(({ id }) => id === memberId)).toMatchObject({ role: 'viewer' })
  })

  test('get another role, which the audit keeps with who gave it from where', async () => {
    const { memberId } = await join('viewer')
    expect(await updateMember(deps(), owner, { memberId, role: 'admin' })).toMatchObject({
      id: memberId,
      role: 'admin',
    })
    expect((await audit())[0]).toMatchObject({
      action: 'member.role_changed',
      actor: home.scope.actor,
      subjectId: memberId,
      details: { from: 'viewer', to: 'admin' },
      address: '192.0.2.1',
    })
  })

  test('are removed together with the keys that they made', async () => {
    const { memberId, scope } = await join('editor')
    await createApiKey(deps(), scope, { name: 'theirs', role: 'editor', scopes: ['read'] })
    await removeMember(deps(), owner, { memberId })
    expect((await all()).map(({ id }) => id)).not.toContain(memberId)
    expect((await listApiKeys(deps(), owner, { limit: 10 })).items).toEqual([])
    expect((await audit()).map(({ action }) => action)).toContain('member.removed')
  })
})

describe('owners', () => {
  test('the last one can be neither demoted nor removed', async () => {
    const [last] = await all()
    await expect(
      updateMember(deps(), owner, { memberId: last!.id, role: 'admin' }),
    ).rejects.toMatchObject({ code: 'conflict' })
    await expect(removeMember(deps(), owner, { memberId: last!.id })).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  test('cannot both go when they are demoted or removed at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const { memberId } = await join('owner')
      const first = (await all()).find(({ role, id }) => role === 'owner' && id !== memberId)!
      const outcomes = await Promise.allSettled([
        updateMember(deps(), owner, { memberId: first.id, role: 'viewer' }),
        removeMember(deps(), owner, { memberId }),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect((await all()).filter(({ role }) => role === 'owner')).toHaveLength(1)
    }
  })

  test('are out of reach for an admin', async () => {
    const { scope: admin } = await join('admin')
    const { memberId } = await join('editor')
    const [first] = await all()
    await expect(updateMember(deps(), admin, { memberId, role: 'owner' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(
      updateMember(deps(), admin, { memberId: first!.id, role: 'viewer' }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await expect(removeMember(deps(), admin, { memberId: first!.id })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(
      updateMember(deps(), admin, { memberId: createId('mem'), role: 'viewer' }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })
})
