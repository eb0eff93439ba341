import { expect, test } from 'vitest'
import type { RepositoryId } from '@sluice/contract/ids'
import { ORPCError } from '@orpc/client'
import { ApiError } from './api-error.ts'
import { createClient } from './client.ts'

type Answer = (request: Request) => Response | Promise<Response>

const json = (body: unknown) =>
  new Response(JSON.stringify({ json: body }), { headers: { 'content-type': 'application/json' } })
const refusal = (status: number, code: string, data?: unknown) =>
  new Response(
    JSON.stringify({ json: { defined: true, code, status, message: `refused: ${code}`, data } }),
    {
      status,
      headers: { 'content-type': 'application/json' },
    },
  )
const unreachable: Answer = () => Promise.reject(new TypeError('fetch failed'))

/** A client whose requests are answered by the given answers in turn; the last one stays. */
function setUp(...answers: Answer[]) {
  const requests: Request[] = []
  const waits: number[] = []
  const client = createClient({
    url: 'http://sluice.test/',
    headers: () => ({ authorization: 'Bearer k' }),
    fetch: async (input) => {
      const request = input as Request
      requests.push(request)
      return await answers[Math.min(requests.length, answers.length) - 1]!(request)
    },
    sleep: async (ms) => void waits.push(ms),
  })
  return {
    client,
    requests,
    waits,
    keys: () => requests.map((request) => request.headers.get('idempotency-key')),
  }
}
const add = { path: '/srv/a' }
const byId = { repositoryId: 'rep_00000000000000000000000000000001' as RepositoryId }
const thrown = async (call: Promise<unknown>) =>
  await call.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a call goes to its path below the RPC root with the given headers', async () => {
  const { client, requests } = setUp(() => json({ isNeeded: true }))
  expect(await client.setup.status()).toEqual({ isNeeded: true })
  expect(requests[0]!.url).toBe('http://sluice.test/api/rpc/setup/status')
  expect(requests[0]!.headers.get('authorization')).toBe('Bearer k')
})

test('a create keeps one key over its tries, and another create has another', async () => {
  const { client, keys } = setUp(unreachable, unreachable, () => json({}))
  await client.repositories.add(add)
  const [first, second, third] = keys()
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect([second, third]).toEqual([first, first])
  await client.repositories.add(add)
  expect(keys()[3]).not.toBe(first)
})

test("a create takes the caller's key", async () => {
  const { client, keys } = setUp(() => json({}))
  await client.repositories.add(add, { context: { idempotencyKey: 'mine' } })
  expect(keys()).toEqual(['mine'])
})

test('a read is tried again without a key, and given up after three tries', async () => {
  const { client, keys } = setUp(unreachable)
  const error = await thrown(client.repositories.list({}))
  expect(keys()).toEqual([null, null, null])
  expect(error).toMatchObject({ code: 'unreachable' })
})

test('a change that may have been made is not sent twice', async () => {
  const { client, requests } = setUp(unreachable)
  expect(await thrown(client.repositories.remove(byId))).toMatchObject({ code: 'unreachable' })
  expect(requests).toHaveLength(1)
})

test('a refusal for being too early is waited out for as long as the server asks', async () => {
  const { client, waits } = setUp(
    () => refusal(429, 'rate_limited', { retryAfterSeconds: 7 }),
    () => json({ ok: true }),
  )
  await client.repositories.remove(byId)
  expect(waits).toEqual([7000])
})

test('a wait longer than a person waits is left to the caller', async () => {
  const { client, requests } = setUp(() => refusal(429, 'rate_limited', { retryAfterSeconds: 900 }))
  expect(await thrown(client.repositories.list({}))).toMatchObject({ code: 'rate_limited' })
  expect(requests).toHaveLength(1)
})

test('a declared error comes back with code, message and details', async () => {
  const { client, requests } = setUp(() => refusal(409, 'stale_review', { treeId: 'abc' }))
  const error = await thrown(client.repositories.get(byId))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toBeInstanceOf(ORPCError)
  expect(error).toMatchObject({
    code: 'stale_review',
    message: 'refused: stale_review',
    details: { treeId: 'abc' },
    defined: true,
  })
  expect(requests).toHaveLength(1)
})

test("the framework's own codes come back in our vocabulary", async () => {
  const { client } = setUp(() => refusal(400, 'BAD_REQUEST'))
  expect(await thrown(client.repositories.get(byId))).toMatchObject({ code: 'invalid_input' })
})

test('a call that is not answered in time ends, and says so', async () => {
  const { client } = setUp(
    (request) =>
      new Promise((_, reject) =>
        request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)),
      ),
  )
  expect(await thrown(client.repositories.list({}, { context: { timeoutMs: 5 } }))).toMatchObject({
    code: 'timed_out',
  })
})

test("the caller's abort comes back as it was given", async () => {
  const stop = new AbortController()
  const { client } = setUp((request) => {
    stop.abort(new Error('left the page'))
    return Promise.reject(request.signal.reason as Error)
  })
  expect(await thrown(client.repositories.list({}, { signal: stop.signal }))).toMatchObject({
    message: 'left the page',
  })
})
