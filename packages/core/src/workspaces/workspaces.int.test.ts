import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { createTestWorkspace } from '@sluice/testing/workspace'
import { listAudit } from '../audit/index.ts'
import type { Scope } from '../platform/index.ts'
import { createWorkspace, renameWorkspace } from './index.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

const deps = () => ({ db: database.db, clock: { now: () => new Date('2026-03-04T05:06:07.000Z') } })
async function newUser() {
  const { userId } = await createTestWorkspace(database.db)
  return { id: userId, name: 'Ada', email: `${userId}@example.test` }
}

test('workspaces of one name, made at the same moment, get slugs of their own', async () => {
  const user = await newUser()
  const made = await Promise.all(
    Array.from({ length: 8 }, () => createWorkspace(deps(), { user }, { name: 'Twins & Co' })),
  )
  expect(new Set(made.map(({ slug }) => slug)).size).toBe(8)
  for (const { slug } of made) expect(slug).toMatch(/^twins-co(-|$)/)
})

test('a workspace is renamed for those in it, keeps its slug, and says so in the audit', async () => {
  const user = await newUser()
  const made = await createWorkspace(deps(), { user, address: '192.0.2.1' }, { name: 'Before' })
  const scope: Scope = {
    workspaceId: made.id,
    actor: { type: 'user', id: user.id, name: user.name },
    role: 'owner',
    address: '192.0.2.2',
  }
  expect(await renameWorkspace(deps(), scope, { name: 'After' })).toEqual({
    ...made,
    name: 'After',
  })
  const { items } = await listAudit(deps(), scope, { limit: 10 })
  expect(items.map(({ action, address }) => [action, address])).toEqual([
    ['workspace.renamed', '192.0.2.2'],
    ['workspace.created', '192.0.2.1'],
  ])
})

test('the audit is listed in pages, newest first, each entry once, and only of the own workspace', async () => {
  const user = await newUser()
  const made = await createWorkspace(deps(), { user }, { name: 'Audited' })
  const scope: Scope = {
    workspaceId: made.id,
    actor: { type: 'user', id: user.id, name: user.name },
    role: 'owner',
  }
  for (let round = 0; round < 7; round++)
    await renameWorkspace(deps(), scope, { name: `Name ${round}` })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listAudit(deps(), scope, { limit: 3, cursor })
    seen.push(...page.items.map(({ details }) => String(details['name'])))
    cursor = page.nextCursor
  } while (cursor)
  expect(seen).toEqual([
    'Name 6',
    'Name 5',
    'Name 4',
    'Name 3',
    'Name 2',
    'Name 1',
    'Name 0',
    'Audited',
  ])
  expect(
    (await listAudit(deps(), scope, { limit: 10, action: 'workspace.created' })).items,
  ).toHaveLength(1)
  const other = await createTestWorkspace(database.db)
  expect(
    (await listAudit(deps(), { workspaceId: other.workspaceId }, { limit: 10 })).items,
  ).toEqual([])
})
