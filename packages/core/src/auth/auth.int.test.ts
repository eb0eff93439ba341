import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Workspace } from '@sluice/contract/people'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { createFakeClock, type FakeClock } from '@sluice/testing/clock'
import { withAdmin } from '@sluice/testing/global-setup'
import { setUp } from '../setup/index.ts'
import { createWorkspace } from '../workspaces/index.ts'
import { createAuth, type Auth, type Mail } from './index.ts'

const origin = 'http://127.0.0.1:4000'
const secret = randomBytes(32).toString('hex')
const account = { email: 'ada@example.test', password: 'correct horse battery' }

let database: TestDatabase
let clock: FakeClock
let auth: Auth
let home: Workspace
const problems: unknown[] = []
const mails: Mail[] = []
const mailer = { send: async (mail: Mail) => void mails.push(mail), close: () => undefined }

const open = (options: { publicUrl?: string; databaseUrl?: string } = {}): Auth =>
  createAuth({
    db: database.db,
    databaseUrl: database.url,
    clock,
    secret,
    publicUrl: origin,
    mailer,
    onError: (error) => problems.push(error),
    ...options,
  })

beforeAll(async () => {
  database = await createTestDatabase()
  clock = createFakeClock(new Date())
  auth = open()
  home = (await setUp({ db: database.db, clock }, { name: 'Ada', workspace: 'Home', ...account }))
    .workspace
})
afterAll(async () => {
  await auth?.close()
  await database?.drop()
})

// The limiter counts by address over the whole process: each test comes from one of its own.
let address = ''
let addresses = 0
beforeEach(() => {
  address = `192.0.2.${++addresses}`
})

const ask = (text: string) =>
  withAdmin(database.url, async (client) => (await client.query(text)).rows)

interface SendOptions {
  cookie?: string | undefined
  headers?: Record<string, string>
  body?: object
  via?: Auth
  at?: string
}
function send(
  method: string,
  path: string,
  { cookie, headers = {}, body, via = auth, at = origin }: SendOptions = {},
): Promise<Response> {
  const request = new Request(`${at}/api/auth${path}`, {
    method,
    headers: {
      origin: at,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(cookie ? { cookie } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return via.handler(request, address)
}

async function signIn(
  via: Auth = auth,
  at: string = origin,
): Promise<{ cookie: string; setCookie: string }> {
  const response = await send('POST', '/sign-in/email', { body: account, via, at })
  expect(response.status).toBe(200)
  const setCookie = response.headers.getSetCookie().find((one) => one.includes('session_token'))!
  return { cookie: setCookie.split(';')[0]!, setCookie }
}
const who = (headers: Record<string, string>, via: Auth = auth) =>
  via.authenticate(new Headers(headers))

describe('signing in', () => {
  test('gives a cookie that scripts cannot read, and that names the user with the workspaces', async () => {
    const { cookie, setCookie } = await signIn()
    expect(setCookie).toMatch(/; HttpOnly/)
    expect(setCookie).toMatch(/; SameSite=Lax/)
    expect(setCookie).not.toMatch(/Secure/)
    const principal = await who({ cookie: `theme=dark; ${cookie}; other=1` })
    expect(principal).toMatchObject({
      via: 'session',
      user: { name: 'Ada', email: 'ada@example.test' },
      actor: { type: 'user', name: 'Ada' },
      workspaces: [
        { id: home.id, slug: 'home', name: 'Home', role: 'owner', createdAt: home.createdAt },
      ],
    })
    const second = await createWorkspace(
      { db: database.db, clock },
      { user: principal!.user },
      { name: 'Second' },
    )
    clock.advance(1)
    expect((await who({ cookie }))!.workspaces.map(({ id }) => id)).toEqual([home.id, second.id])
  })

  test('behind TLS gives a Secure cookie', async () => {
    const at = 'https://sluice.example.test'
    const secure = open({ publicUrl: at })
    const { cookie, setCookie } = await signIn(secure, at)
    expect(setCookie).toMatch(/^__Secure-sluice\.session_token=.*; Secure/)
    expect(await who({ cookie }, secure)).toBeDefined()
    // The plain server knows no such cookie.
    expect(await who({ cookie })).toBeUndefined()
    await secure.close()
  })

  test('with a wrong password or an unknown address is refused in the same words', async () => {
    const answers = await Promise.all(
      [
        { ...account, password: 'wrong password' },
        { email: 'nobody@example.test', password: 'wrong password' },
      ].map(async (body) => {
        const response = await send('POST', '/sign-in/email', { body })
        return { status: response.status, body: await response.json() }
      }),
    )
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthenticated', message: expect.any(String) } },
    })
    expect(answers[1]).toEqual(answers[0])
  })

  test('too often from one address is refused with the time to wait', async () => {
    const body = { ...account, password: 'wrong password' }
    const statuses: number[] = []
    let last: Response | undefined
    for (let attempt = 0; attempt < 11; attempt++) {
      last = await send('POST', '/sign-in/email', {
        body,
        headers: {
          'x-sluice-address': `198.51.100.${attempt}`,
          'x-forwarded-for': `198.51.100.${attempt}`,
        },
      })
      statuses.push(last.status)
    }
    // An address that the client claims changes nothing.
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    expect(Number(last!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await last!.json()).toMatchObject({ error: { code: 'rate_limited' } })
    address = `${address}9`
    expect((await send('POST', '/sign-in/email', { body: account })).status).toBe(200)
  })

  test('from the page of another origin is refused', async () => {
    const { cookie } = await signIn()
    const foreign = [{ origin: 'https://evil.example.test' }, { origin: 'null' }]
    for (const headers of foreign) {
      await expect(send('POST', '/sign-out', { body: {}, cookie, headers })).rejects.toMatchObject({
        code: 'forbidden',
      })
    }
    const request = new Request(`${origin}/api/auth/sign-out`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
    })
    await expect(auth.handler(request, address)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await who({ cookie })).toBeDefined()
  })

  test('is written into the audit with the address', async () => {
    await signIn()
    const rows = await ask(
      `select actor->>'name' as name, address from audit_entries where action = 'user.signed_in' and address = '${address}' and workspace_id = '${home.id}'`,
    )
    expect(rows).toEqual([{ name: 'Ada', address }])
  })
})

describe('a session', () => {
  test('ends with signing out', async () => {
    const { cookie } = await signIn()
    const { cookie: other } = await signIn()
    expect((await send('POST', '/sign-out', { body: {}, cookie })).status).toBe(200)
    expect(await who({ cookie })).toBeUndefined()
    expect(await who({ cookie: other })).toBeDefined()
  })

  test('ends when its time is over', async () => {
    const { cookie } = await signIn()
    const late = createFakeClock(new Date(clock.nowMs() + 31 * 24 * 3600 * 1000))
    const later = createAuth({
      db: database.db,
      databaseUrl: database.url,
      clock: late,
      secret,
      publicUrl: origin,
      onError: (error) => problems.push(error),
    })
    expect(await who({ cookie }, later)).toBeUndefined()
    await later.close()
  })

  test('is not taken with a changed token, a foreign signature, or none', async () => {
    const { cookie } = await signIn()
    const [name, value] = [
      cookie.slice(0, cookie.indexOf('=')),
      decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1)),
    ]
    const [token, signature] = [
      value.slice(0, value.lastIndexOf('.')),
      value.slice(value.lastIndexOf('.') + 1),
    ]
    const forms = [
      `${token}x.${signature}`,
      `${token}.${Buffer.from(randomBytes(32)).toString('base64')}`,
      token,
      `${token}.`,
      '%',
      '',
    ]
    for (const form of forms)
      expect(await who({ cookie: `${name}=${encodeURIComponent(form)}` }), form).toBeUndefined()
    expect(await who({ cookie: `${name}=%zz.%` })).toBeUndefined()
    expect(
      await who({ cookie: `${name}=${encodeURIComponent(`${token}.${signature}`)}` }),
    ).toBeDefined()
  })

  test('is nobody without credentials', async () => {
    expect(await who({})).toBeUndefined()
    expect(await who({ authorization: 'Bearer not-a-key' })).toBeUndefined()
  })

  test('is not read from the cookie where a key is sent', async () => {
    const { cookie } = await signIn()
    expect(await who({ cookie, authorization: `Bearer slk_${'A'.repeat(43)}` })).toBeUndefined()
  })
})

describe('passwords', () => {
  test('change with the old one, and the other sessions may end with it', async () => {
    const { cookie } = await signIn()
    const { cookie: other } = await signIn()
    const changed = {
      currentPassword: account.password,
      newPassword: 'another horse battery',
      revokeOtherSessions: true,
    }
    const wrong = await send('POST', '/change-password', {
      cookie,
      body: { ...changed, currentPassword: 'wrong password' },
    })
    expect(wrong.status).toBe(400)
    expect(await ask(`select 1 from audit_entries where action = 'user.password_changed'`)).toEqual(
      [],
    )
    const response = await send('POST', '/change-password', { cookie, body: changed })
    expect(response.status).toBe(200)
    expect(await who({ cookie: other })).toBeUndefined()
    expect((await send('POST', '/sign-in/email', { body: account })).status).toBe(401)
    const { cookie: fresh } = await (async () => {
      const again = await send('POST', '/sign-in/email', {
        body: { email: account.email, password: changed.newPassword },
      })
      return { cookie: again.headers.getSetCookie()[0]!.split(';')[0]! }
    })()
    expect(
      await ask(
        `select distinct action, address from audit_entries where action = 'user.password_changed'`,
      ),
    ).toEqual([{ action: 'user.password_changed', address }])
    const back = await send('POST', '/change-password', {
      cookie: fresh,
      body: { currentPassword: changed.newPassword, newPassword: account.password },
    })
    expect(back.status).toBe(200)
  })

  test('that are too short are refused', async () => {
    const { cookie } = await signIn()
    const response = await send('POST', '/change-password', {
      cookie,
      body: { currentPassword: account.password, newPassword: 'short' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_input' } })
  })

  test('are reset with a mailed link, once, and every session ends with it', async () => {
    const { cookie } = await signIn()
    mails.length = 0
    const asked = await send('POST', '/request-password-reset', {
      body: { email: account.email, redirectTo: '/reset' },
    })
    expect(asked.status).toBe(200)
    await expect.poll(() => mails.length).toBe(1)
    const token = /reset-password\/([^?\s]+)/.exec(mails[0]!.text)![1]!
    expect(mails[0]).toMatchObject({ to: account.email })
    const body = { token, newPassword: account.password }
    expect((await send('POST', '/reset-password', { body })).status).toBe(200)
    expect((await send('POST', '/reset-password', { body })).status).toBe(400)
    expect(await who({ cookie })).toBeUndefined()
    expect(
      await ask(
        `select count(*)::int as n from audit_entries where action = 'user.password_reset' and workspace_id = '${home.id}'`,
      ),
    ).toEqual([{ n: 1 }])
  })
})

describe('what stands open', () => {
  test.each([
    ['POST', '/sign-up/email'],
    ['POST', '/update-user'],
    ['POST', '/delete-user'],
    ['POST', '/change-email'],
    ['POST', '/organization/create'],
    ['GET', '/ok'],
    ['GET', '/sign-in/email'],
    ['POST', '/sign-in/../update-user'],
    ['POST', '//sign-up/email'],
  ])('%s %s does not', async (method, path) => {
    const { cookie } = await signIn()
    const body =
      method === 'POST'
        ? { body: { name: 'X', email: 'x@example.test', password: 'correct horse battery' } }
        : {}
    await expect(send(method, path, { cookie, ...body })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await ask(`select count(*)::int as n from users`)).toEqual([{ n: 1 }])
  })
})

test('a database that is away is said to be, and is no failed sign-in', async () => {
  const away = open({ databaseUrl: 'postgres://u:p@127.0.0.1:1/none' })
  const { cookie } = await signIn()
  await expect(who({ cookie }, away)).rejects.toMatchObject({ code: 'database_unavailable' })
  await expect(send('POST', '/sign-in/email', { body: account, via: away })).rejects.toMatchObject({
    code: 'database_unavailable',
  })
  await away.close()
})
