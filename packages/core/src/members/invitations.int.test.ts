import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createId } from '@sluice/contract/ids'
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
import type { Mail } from '../auth/index.ts'
import type { Scope } from '../platform/index.ts'
import {
  acceptInvitation,
  answerInvitation,
  createInvitation,
  findInvitation,
  listInvitations,
  listMembers,
  listMyInvitations,
  revokeInvitation,
} from './index.ts'

let database: TestDatabase
let home: TestWorkspace
let owner: Scope
let clock: FakeClock
let mails: Mail[]
let problems: unknown[]

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())
beforeEach(async () => {
  home = await createTestWorkspace(database.db, 'Home & Garden')
  owner = { ...home.scope, workspaceId: home.workspaceId, role: 'owner', address: '192.0.2.1' }
  clock = createFakeClock(new Date('2026-03-04T05:06:07.000Z'))
  mails = []
  problems = []
})

const deps = () => ({
  db: database.db,
  clock,
  publicUrl: 'https://sluice.example.test',
  onError: (error: unknown) => problems.push(error),
})
const mailer = { send: async (mail: Mail) => void mails.push(mail), close: () => undefined }
const newEmail = () => `${createId('usr')}@example.test`
const tokenOf = (link: string) => link.split('/').at(-1)!
const account = { name: 'Grace', password: 'correct horse battery' }
async function invite(role: Role = 'editor', email: string = newEmail()) {
  const made = await createInvitation(deps(), owner, { email, role })
  return { ...made, token: tokenOf(made.link), email }
}

describe('an invitation', () => {
  test('gives a link that is kept as a digest only', async () => {
    const made = await invite('viewer')
    expect(made).toMatchObject({
      status: 'pending',
      role: 'viewer',
      mailed: false,
      expiresAt: '2026-03-11T05:06:07.000Z',
    })
    expect(made.link).toMatch(/^https:\/\/sluice\.example\.test\/invite\/[\w-]{43}$/)
    const rows = await withAdmin(
      database.url,
      async (client) => (await client.query('select * from invitations')).rows,
    )
    expect(JSON.stringify(rows)).not.toContain(made.token)
    expect(JSON.stringify(await listInvitations(deps(), owner, { limit: 10 }))).not.toContain(
      made.token,
    )
  })

  test('makes a new account a member with its role, once', async () => {
    const { token, email } = await invite('editor')
    expect(await findInvitation(deps(), { token })).toEqual({
      email,
      workspace: 'Home & Garden',
      role: 'editor',
      hasAccount: false,
    })
    const joined = await acceptInvitation(deps(), { address: '192.0.2.9' }, { token, account })
    expect(joined).toMatchObject({ workspaceId: home.workspaceId, user: { name: 'Grace', email } })
    const members = (await listMembers(deps(), owner, { limit: 10 })).items
    expect(members.find(({ user }) => user.email === email)).toMatchObject({ role: 'editor' })
    await expect(acceptInvitation(deps(), {}, { token, account })).rejects.toMatchObject({
      code: 'wrong_state',
      details: { status: 'accepted' },
    })
    await expect(findInvitation(deps(), { token })).rejects.toMatchObject({ code: 'wrong_state' })
    expect((await listAudit(deps(), owner, { limit: 10 })).items[0]).toMatchObject({
      action: 'invitation.accepted',
      address: '192.0.2.9',
      actor: { name: 'Grace' },
    })
  })

  test('is accepted by one of several who try at the same moment', async () => {
    const { token } = await invite()
    const people = await Promise.all(
      ['a', 'b', 'c', 'd'].map(() => createTestWorkspace(database.db)),
    )
    const outcomes = await Promise.allSettled(
      people.map(({ userId }) =>
        acceptInvitation(
          deps(),
          { user: { id: userId, name: 'X', email: 'x@example.test' } },
          { token },
        ),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await listMembers(deps(), owner, { limit: 10 })).items).toHaveLength(2)
  })

  test('lets someone join who is signed in, and leaves the role of one who is a member', async () => {
    const elsewhere = await createTestWorkspace(database.db)
    const user = { id: elsewhere.userId, name: 'Someone', email: 'someone@example.test' }
    const first = await invite('viewer')
    expect(await acceptInvitation(deps(), { user }, { token: first.token })).toMatchObject({
      workspaceId: home.workspaceId,
    })
    const second = await invite('admin')
    await acceptInvitation(deps(), { user }, { token: second.token })
    const members = (await listMembers(deps(), owner, { limit: 10 })).items
    expect(members.filter(({ user: { id } }) => id === user.id)).toMatchObject([{ role: 'viewer' }])
  })

  test('to an address with an account asks to sign in first', async () => {
    const known = await createTestWorkspace(database.db)
    const { token } = await invite('editor', `${known.userId}@example.test`)
    expect(await findInvitation(deps(), { token })).toMatchObject({ hasAccount: true })
    await expect(acceptInvitation(deps(), {}, { token, account })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(acceptInvitation(deps(), {}, { token })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    // Nothing was used up by that.
    expect(
      await acceptInvitation(
        deps(),
        { user: { id: known.userId, name: 'K', email: 'k@example.test' } },
        { token },
      ),
    ).toMatchObject({
      workspaceId: home.workspaceId,
    })
  })

  test('expires after a week', async () => {
    const { token, id } = await invite()
    clock.advance(7 * 24 * 3600 * 1000 - 1)
    await findInvitation(deps(), { token })
    clock.advance(1)
    await expect(findInvitation(deps(), { token })).rejects.toMatchObject({
      code: 'wrong_state',
      details: { status: 'expired' },
    })
    await expect(acceptInvitation(deps(), {}, { token, account })).rejects.toMatchObject({
      code: 'wrong_state',
      details: { status: 'expired' },
    })
    expect((await listInvitations(deps(), owner, { limit: 10 })).items).toMatchObject([
      { id, status: 'expired' },
    ])
  })

  test('ends when it is revoked, or replaced by a newer one to the same address', async () => {
    const first = await invite()
    await revokeInvitation(deps(), owner, { invitationId: first.id })
    await expect(
      acceptInvitation(deps(), {}, { token: first.token, account }),
    ).rejects.toMatchObject({ code: 'wrong_state' })
    await expect(revokeInvitation(deps(), owner, { invitationId: first.id })).rejects.toMatchObject(
      { code: 'wrong_state' },
    )
    const second = await invite('editor', first.email)
    const third = await invite('viewer', first.email.toUpperCase())
    await expect(findInvitation(deps(), { token: second.token })).rejects.toMatchObject({
      details: { status: 'revoked' },
    })
    expect(await findInvitation(deps(), { token: third.token })).toMatchObject({
      email: first.email,
    })
  })

  test('is refused for a member, above the own role, and to another workspace', async () => {
    const { userId } = await createTestMember(database.db, home.workspaceId, 'viewer')
    await expect(invite('editor', `${userId}@example.test`)).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(
      createInvitation(deps(), { ...owner, role: 'editor' }, { email: newEmail(), role: 'admin' }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    const { id } = await invite()
    const other = await createTestWorkspace(database.db)
    const stranger: Scope = { ...other.scope, workspaceId: other.workspaceId, role: 'owner' }
    await expect(revokeInvitation(deps(), stranger, { invitationId: id })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect((await listInvitations(deps(), stranger, { limit: 10 })).items).toEqual([])
  })

  test('with a token that nobody gave out is not found', async () => {
    await expect(findInvitation(deps(), { token: 'x'.repeat(43) })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(acceptInvitation(deps(), {}, { token: '', account })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('the mail', () => {
  test('carries the link, and stays one header line whatever the names are', async () => {
    const email = newEmail()
    const made = await createInvitation({ ...deps(), mailer }, owner, { email, role: 'viewer' })
    expect(made.mailed).toBe(true)
    expect(mails).toMatchObject([{ to: email, subject: 'Join Home & Garden on Sluice' }])
    expect(mails[0]!.text).toContain(made.link)
  })

  test('that cannot be sent leaves the link to be given by hand', async () => {
    const failed = new Error('mail server is away')
    const made = await createInvitation(
      { ...deps(), mailer: { ...mailer, send: () => Promise.reject(failed) } },
      owner,
      { email: newEmail(), role: 'viewer' },
    )
    expect(made.mailed).toBe(false)
    expect(problems).toEqual([failed])
    expect(await findInvitation(deps(), { token: tokenOf(made.link) })).toMatchObject({
      role: 'viewer',
    })
  })
})

describe('a person who has an account', () => {
  const joinedAs = async (email: string) =>
    (await acceptInvitation(deps(), {}, { token: (await invite('viewer', email)).token, account }))
      .user
  /** An invitation from another workspace than the one that the account came with. */
  async function inviteElsewhere(email: string) {
    const { scope, workspaceId } = await createTestWorkspace(database.db, 'Engine room')
    const from: Scope = { ...scope, workspaceId, role: 'owner' }
    return { from, ...(await createInvitation(deps(), from, { email, role: 'admin' })) }
  }

  test('finds what waits under their address, whoever wrote it how, and joins', async () => {
    const user = await joinedAs(newEmail())
    const { from, id } = await inviteElsewhere(user.email.toUpperCase())
    await invite('editor')
    expect(await listMyInvitations(deps(), user)).toMatchObject([
      { id, workspace: 'Engine room', role: 'admin' },
    ])
    await answerInvitation(deps(), { user }, { invitationId: id, accept: true })
    const { items } = await listMembers({ db: database.db }, from, { limit: 10 })
    expect(items.map((member) => [member.user.id, member.role])).toContainEqual([user.id, 'admin'])
    expect(await listMyInvitations(deps(), user)).toEqual([])
  })

  test('declines for good, and the link with it', async () => {
    const user = await joinedAs(newEmail())
    const { from, id, link } = await inviteElsewhere(user.email)
    await answerInvitation(deps(), { user }, { invitationId: id, accept: false })
    expect(await listMyInvitations(deps(), user)).toEqual([])
    await expect(
      acceptInvitation(deps(), { user }, { token: tokenOf(link) }),
    ).rejects.toMatchObject({ code: 'wrong_state' })
    const { items } = await listAudit(database, from, { limit: 10 })
    expect(items[0]).toMatchObject({ action: 'invitation.declined', actor: { id: user.id } })
  })

  test('answers nothing that is somebody else’s or too old', async () => {
    const user = await joinedAs(newEmail())
    const foreign = await invite('editor')
    const late = await inviteElsewhere(user.email)
    const answer = ({ id: invitationId }: { id: typeof foreign.id }) =>
      answerInvitation(deps(), { user }, { invitationId, accept: true })
    await expect(answer(foreign)).rejects.toMatchObject({ code: 'not_found' })
    clock.advance(8 * 86_400_000)
    expect(await listMyInvitations(deps(), user)).toEqual([])
    await expect(answer(late)).rejects.toMatchObject({ code: 'not_found' })
  })
})
