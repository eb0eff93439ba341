import { once } from 'node:events'
import { connect } from 'node:net'
import { createId } from '@sluice/contract/ids'
import { ErrorBody } from '@sluice/contract/errors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRateLimits } from './http/rate-limits.ts'
import { createApp } from './http/app.ts'
import { type Caller } from './testing/people.ts'
import { type TestServer } from './testing/test-server.ts'
import { upgradeRefusal } from './testing/upgrade-refusal.ts'
import { openTwoWorkspaces, type TwoWorkspaces } from './testing/two-workspaces.ts'

let testServer: TestServer
let owner: Caller
let key: Caller
let strangerKey: Caller
let stream: TwoWorkspaces['stream']
let url: TwoWorkspaces['url']

beforeAll(async () => {
  ;({ testServer, owner, key, strangerKey, stream, url } = await openTwoWorkspaces())
})
afterAll(() => testServer[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }

describe('every error has the one form', () => {
  const big = JSON.stringify({ name: 'x'.repeat(9 * 1024 * 1024) })
  const cases: [
    name: string,
    request: () => [string, RequestInit],
    status: number,
    code: string,
  ][] = [
    [
      'an input that breaks the schema',
      () => ['/api/repositories', { method: 'POST', body: '{"path":7}', headers: json }],
      400,
      'invalid_input',
    ],
    [
      'a body that is no JSON',
      () => ['/api/repositories', { method: 'POST', body: '{"path":', headers: json }],
      400,
      'invalid_input',
    ],
    [
      'a body of another type',
      () => [
        '/api/repositories',
        { method: 'POST', body: 'path=/tmp', headers: { 'content-type': 'text/plain' } },
      ],
      400,
      'invalid_input',
    ],
    [
      'a query that breaks the schema',
      () => ['/api/repositories?limit=many', {}],
      400,
      'invalid_input',
    ],
    [
      'an id of another kind in the path',
      () => [`/api/tasks/${createId('ses')}`, {}],
      400,
      'invalid_input',
    ],
    ['a thing that is not there', () => [`/api/tasks/${createId('tsk')}`, {}], 404, 'not_found'],
    ['a cursor that is none', () => ['/api/tasks?cursor=nonsense', {}], 400, 'invalid_input'],
    ['an operation that is not there', () => ['/api/nothing/here', {}], 404, 'not_found'],
    [
      'an RPC operation that is not there',
      () => ['/api/rpc/nothing/here', { method: 'POST', body: '{}', headers: json }],
      404,
      'not_found',
    ],
    [
      'a method that the path does not have',
      () => ['/api/me', { method: 'DELETE' }],
      404,
      'not_found',
    ],
    ['a method that no page has', () => ['/somewhere', { method: 'POST' }], 404, 'not_found'],
    [
      'a method that a probe does not have',
      () => ['/healthz', { method: 'POST' }],
      404,
      'not_found',
    ],
    [
      'a path of the sign-in that is closed',
      () => ['/api/auth/sign-up/email', { method: 'POST', body: '{}', headers: json }],
      404,
      'not_found',
    ],
    [
      'a wrong password',
      () => [
        '/api/auth/sign-in/email',
        {
          method: 'POST',
          body: '{"email":"owner@example.test","password":"not the right one"}',
          headers: json,
        },
      ],
      401,
      'unauthenticated',
    ],
    [
      'a body that says it is too large',
      () => [
        '/api/repositories',
        { method: 'POST', body: big, headers: { ...json, 'content-length': String(big.length) } },
      ],
      413,
      'too_large',
    ],
    [
      'a body that turns out to be too large',
      () => [
        '/api/repositories',
        {
          method: 'POST',
          body: new Blob([big]).stream(),
          duplex: 'half',
          headers: json,
        } as RequestInit,
      ],
      413,
      'too_large',
    ],
    [
      'an event stream that is not there',
      () => [`/api/events/stream?stream=session:${createId('ses')}`, {}],
      404,
      'not_found',
    ],
    ['an event stream with no name', () => ['/api/events/stream', {}], 400, 'invalid_input'],
    [
      'an event cursor that is none',
      () => [`/api/events/stream?stream=${stream}&after=-1`, {}],
      400,
      'invalid_input',
    ],
    [
      'a page of another site',
      () => [
        '/api/repositories/sample',
        { method: 'POST', headers: { origin: 'https://elsewhere.example' } },
      ],
      403,
      'forbidden',
    ],
    [
      'a key for repeats with a space in it',
      () => [
        '/api/repositories/scan/cancel',
        { method: 'POST', headers: { 'idempotency-key': 'a b' } },
      ],
      400,
      'invalid_input',
    ],
  ]
  test.each(cases)('%s', async (_name, request, status, code) => {
    const [path, init] = request()
    const response = await testServer.fetch(path, {
      ...init,
      headers: { ...key.headers, ...(init.headers as Record<string, string>) },
    })
    const text = await response.text()
    expect({ status: response.status, text }).toMatchObject({
      status,
      text: expect.stringMatching(/^\{"error":/),
    })
    const body = ErrorBody.parse(JSON.parse(text))
    expect(body.error.code).toBe(code)
    expect(body.error.message.length).toBeGreaterThan(10)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  })

  test('a refused input names its fields', async () => {
    const response = await testServer.fetch('/api/settings', {
      method: 'PATCH',
      headers: { ...key.headers, ...json },
      body: '{"maxTurns":0,"concurrentTasks":"two"}',
    })
    expect(ErrorBody.parse(await response.json()).error.details).toMatchObject({
      fields: [{ field: 'maxTurns' }, { field: 'concurrentTasks' }],
    })
  })

  test('what nobody expected is a 500 with an id, told in full to the log alone', async () => {
    const broken = createApp({
      ...testServer.server,
      metrics: {
        ...testServer.server.metrics,
        text: () => Promise.reject(new Error('secret detail of the inside')),
      },
    })
    const response = await broken.fetch(new Request('http://127.0.0.1/metrics'), {
      address: '127.0.0.1',
    })
    const { error } = ErrorBody.parse(await response.json())
    expect(response.status).toBe(500)
    expect(error.message).not.toContain('secret')
    const { errorId } = error.details as { errorId: string }
    expect(testServer.log.filter((line) => line['errorId'] === errorId)).toMatchObject([
      { err: { message: 'secret detail of the inside' } },
    ])
  })

  test('over a real connection, a body too large is answered and not waited for', async () => {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /api/repositories HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{"path":`,
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 [\s\S]*"too_large"/)
    socket.destroy()
  })
})

describe('limits on how often', () => {
  const withLimits = (limits: { requestsPerMinute: number; signInsPerMinute: number }) => {
    const app = createApp({ ...testServer.server, limits: createRateLimits(limits) })
    return async (path: string, caller: Caller | undefined, address = '10.0.0.1') =>
      app.fetch(
        new Request(new URL(path, 'http://127.0.0.1'), { headers: caller?.headers ?? {} }),
        { address },
      )
  }

  test('hold per caller, say when to come back, and leave others alone', async () => {
    const fetch = withLimits({ requestsPerMinute: 3, signInsPerMinute: 100 })
    const statuses: number[] = []
    for (let request = 0; request < 4; request++)
      statuses.push((await fetch('/api/me', key)).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const refused = await fetch('/api/me', key)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(ErrorBody.parse(await refused.json()).error).toMatchObject({
      code: 'rate_limited',
      details: { retryAfterSeconds: expect.any(Number) },
    })
    expect((await fetch('/api/me', strangerKey)).status).toBe(200)
  })

  test('are tighter for those who have not signed in, by address', async () => {
    const fetch = withLimits({ requestsPerMinute: 100, signInsPerMinute: 2 })
    const statuses: number[] = []
    for (let request = 0; request < 3; request++)
      statuses.push((await fetch('/api/setup', undefined)).status)
    expect(statuses).toEqual([200, 200, 429])
    expect(
      (await fetch('/api/auth/get-session', undefined)).headers.get('retry-after'),
    ).not.toBeNull()
    expect((await fetch('/api/setup', undefined, '10.0.0.2')).status).toBe(200)
  })

  test('count the RPC as well, with the seconds in the header', async () => {
    const fetch = withLimits({ requestsPerMinute: 0, signInsPerMinute: 1 })
    const refused = await fetch('/api/rpc/me/get', key)
    expect({
      status: refused.status,
      seconds: Number(refused.headers.get('retry-after')) > 0,
    }).toEqual({ status: 429, seconds: true })
  })
})

describe('a create sent twice', () => {
  const create = (name: string, idempotencyKey: string, caller = owner) =>
    testServer.fetch('/api/api-keys', {
      method: 'POST',
      headers: { ...caller.headers, ...json, 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ name, role: 'viewer', scopes: ['read'] }),
    })
  const countOf = async (name: string) =>
    (await owner.call<{ items: { name: string }[] }>('GET', '/api/api-keys')).items.filter(
      (item) => item.name === name,
    ).length

  test('gives the first answer and makes one thing', async () => {
    const [first, second] = [await create('once', 'key-1'), await create('once', 'key-1')]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(await second.json()).toEqual(await first.json())
    expect(await countOf('once')).toBe(1)
  })

  test('is the same whatever the order of its fields', async () => {
    await create('ordered', 'key-order')
    const response = await testServer.fetch('/api/api-keys', {
      method: 'POST',
      headers: { ...owner.headers, ...json, 'idempotency-key': 'key-order' },
      body: JSON.stringify({ scopes: ['read'], role: 'viewer', name: 'ordered' }),
    })
    expect({ status: response.status, count: await countOf('ordered') }).toEqual({
      status: 201,
      count: 1,
    })
  })

  test('is refused with another input', async () => {
    await create('first input', 'key-2')
    const response = await create('second input', 'key-2')
    expect(response.status).toBe(409)
    expect(ErrorBody.parse(await response.json()).error.code).toBe('idempotency_mismatch')
    expect(await countOf('second input')).toBe(0)
  })

  test('at the same moment, makes one thing; the others are told to come back', async () => {
    const responses = await Promise.all(Array.from({ length: 8 }, () => create('at once', 'key-3')))
    const statuses = responses.map(({ status }) => status)
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true)
    expect(statuses).toContain(201)
    for (const response of responses.filter(({ status }) => status === 409))
      expect(response.headers.get('retry-after')).toBe('1')
    expect(await countOf('at once')).toBe(1)
  })

  test('may be sent again when the first one failed', async () => {
    const send = (path: string) =>
      testServer.fetch('/api/repositories', {
        method: 'POST',
        headers: { ...key.headers, ...json, 'idempotency-key': 'key-4' },
        body: JSON.stringify({ path }),
      })
    expect((await send('/nowhere')).status).toBe(422)
    expect((await send('/nowhere')).status).toBe(422)
    // Nothing was made under it, so it is free for a mended request.
    expect((await send('/nowhere/else')).status).toBe(422)
  })

  test('is another one for another caller', async () => {
    expect((await create('mine', 'key-5')).status).toBe(201)
    expect((await create('theirs', 'key-5', strangerKey)).status).toBe(201)
  })
})

describe('lists in pages', () => {
  test('show each row once while rows are added between the pages', async () => {
    const make = (name: string) =>
      owner.call<{ id: string }>('POST', '/api/api-keys', {
        name,
        role: 'viewer',
        scopes: ['read'],
      })
    const there: string[] = []
    for (let index = 0; index < 11; index++) there.push((await make(`page ${index}`)).id)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await owner.call<{ items: { id: string }[]; nextCursor?: string }>(
        'GET',
        `/api/api-keys?limit=3${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      )
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      await make('added meanwhile')
    } while (cursor !== undefined)
    expect(seen.filter((id) => there.includes(id))).toEqual(there.toReversed())
    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe('probes', () => {
  test('/healthz and /readyz need no credentials', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect(await (await testServer.fetch(path)).json()).toMatchObject({ ok: true })
  })

  test('/metrics is the text format of Prometheus, line by line', async () => {
    const response = await testServer.fetch('/metrics')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const lines = (await response.text()).trimEnd().split('\n')
    const sample =
      /^[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"(,[a-zA-Z_]\w*="(?:[^"\\]|\\.)*")*\})? (NaN|[+-]?Inf|[-+]?[\d.]+(e[-+]?\d+)?)$/
    expect(
      lines.filter(
        (line) => line !== '' && !/^# (HELP|TYPE) \S+ /.test(line) && !sample.test(line),
      ),
    ).toEqual([])
    expect(
      lines.some((line) =>
        line.startsWith('sluice_operations_total{operation="apiKeys.create",outcome="ok"}'),
      ),
    ).toBe(true)
  })
})

describe('a page of another site', () => {
  const change = (headers: Record<string, string>) =>
    testServer.fetch('/api/me', {
      method: 'PATCH',
      headers: { ...owner.headers, ...json, ...headers },
      body: '{"name":"The owner"}',
    })
  test.each([
    ['its own address', { origin: 'http://127.0.0.1:4000', host: '127.0.0.1:4000' }, 200],
    ['no origin at all, as a program sends', {}, 200],
    ['another site', { origin: 'https://elsewhere.example', host: '127.0.0.1:4000' }, 403],
    [
      'another port of the same machine',
      { origin: 'http://127.0.0.1:4001', host: '127.0.0.1:4000' },
      403,
    ],
    ['an origin that hides', { origin: 'null', host: '127.0.0.1:4000' }, 403],
  ])('%s', async (_name, headers, status) => {
    expect((await change(headers as Record<string, string>)).status).toBe(status)
  })

  test('may not sign in or listen either', async () => {
    const response = await testServer.fetch('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { ...json, origin: 'https://elsewhere.example' },
      body: '{}',
    })
    expect(response.status).toBe(403)
    expect(
      await upgradeRefusal(url, { ...owner.headers, origin: 'https://elsewhere.example' }),
    ).toMatchObject({ status: 403 })
  })
})

test('every answer carries the headers that keep a browser from harm', async () => {
  for (const path of ['/healthz', '/api/me', '/api/docs', '/api/nothing', '/somewhere']) {
    const { headers } = await testServer.fetch(path)
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'self'.*frame-ancestors 'none'/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('same-origin')
  }
})

test('the cookie of a sign-in is out of the reach of scripts and other sites', async () => {
  const signIn = (address: string) =>
    testServer.fetch('/api/auth/sign-in/email', {
      method: 'POST',
      headers: json,
      body: '{"email":"owner@example.test","password":"correct horse battery"}',
      address,
    })
  const [cookie] = (await signIn('127.0.0.1')).headers.getSetCookie()
  expect(cookie).toMatch(/^sluice\.session_token=/)
  expect(cookie).toMatch(/; HttpOnly/i)
  expect(cookie).toMatch(/; SameSite=(Lax|Strict)/i)
  expect(cookie).toMatch(/; Path=\//i)
})

test('RPC and REST give the same answer', async () => {
  for (const [rest, rpc, input] of [
    ['/api/me', 'me/get', undefined],
    ['/api/settings', 'settings/get', undefined],
    ['/api/members?limit=1', 'members/list', { limit: 1 }],
    ['/api/audit?limit=2', 'audit/list', { limit: 2 }],
    ['/api/repositories', 'repositories/list', {}],
  ] as const) {
    const called = await testServer.fetch(`/api/rpc/${rpc}`, {
      method: 'POST',
      headers: { ...key.headers, ...json },
      body: JSON.stringify({ json: input }),
    })
    expect(((await called.json()) as { json: unknown }).json).toEqual(await key.call('GET', rest))
  }
})
