import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { isSetupNeeded, setUp } from './index.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

const input = {
  name: 'Ada',
  email: 'Ada@Example.test',
  password: 'correct horse battery',
  workspace: 'Engine Works',
}
const deps = () => ({ db: database.db, clock: { now: () => new Date('2026-01-02T03:04:05.678Z') } })
const ask = (text: string) =>
  withAdmin(database.url, async (client) => (await client.query(text)).rows)

test('makes the owner and the workspace, with an audit entry that says from where', async () => {
  expect(await isSetupNeeded(deps())).toBe(true)
  const { user, workspace } = await setUp(deps(), { ...input, address: '192.0.2.7' })
  expect(user).toMatchObject({ name: 'Ada', email: 'ada@example.test' })
  expect(workspace).toMatchObject({
    slug: 'engine-works',
    name: 'Engine Works',
    role: 'owner',
    createdAt: '2026-01-02T03:04:05.678Z',
  })
  expect(await isSetupNeeded(deps())).toBe(false)
  expect(await ask('select user_id, workspace_id, role from members')).toEqual([
    { user_id: user.id, workspace_id: workspace.id, role: 'owner' },
  ])
  expect(await ask('select action, address from audit_entries')).toEqual([
    { action: 'workspace.created', address: '192.0.2.7' },
  ])
  expect(await ask(`select stream, type from events`)).toEqual([
    { stream: `workspace:${workspace.id}`, type: 'people.changed' },
  ])
})

test('keeps no password in the clear', async () => {
  await setUp(deps(), input)
  const [account] = await ask('select * from accounts')
  expect(account).toMatchObject({ provider_id: 'credential' })
  expect(JSON.stringify(account)).not.toContain(input.password)
  expect(account!.password).toMatch(/^[0-9a-f]{32}:[0-9a-f]{128}$/) // salt and scrypt hash
})

test('happens exactly once, however many try at the same moment', async () => {
  const attempts = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) =>
      setUp(deps(), {
        ...input,
        email: `owner${index}@example.test`,
        workspace: `Workspace ${index}`,
      }),
    ),
  )
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const attempt of attempts)
    if (attempt.status === 'rejected')
      expect(attempt.reason).toMatchObject({ code: 'already_set_up' })
  expect(
    await ask(
      `select (select count(*) from users) as users, (select count(*) from workspaces) as workspaces, (select count(*) from members) as members`,
    ),
  ).toEqual([{ users: '1', workspaces: '1', members: '1' }])
  await expect(setUp(deps(), input)).rejects.toMatchObject({ code: 'already_set_up' })
})
