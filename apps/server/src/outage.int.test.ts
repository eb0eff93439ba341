import { ErrorBody } from '@sluice/contract/errors'
import { systemScope } from '@sluice/core/platform'
import { append, readCursor } from '@sluice/events/log'
import { LiveClient, liveUrl, type LiveSocket } from '@sluice/sdk/live'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createKey, setUpOwner, type Caller } from './testing/people.ts'
import { makeOneOfEach } from './testing/one-of-each.ts'
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

const goneMs = 10_000

let testServer: TestServer
let proxy: TcpProxy
let key: Caller

beforeAll(async () => {
  testServer = await startTestServer({
    // Between the server and its Postgres, so that Postgres can be gone for this server alone.
    through: async (url) => {
      const { hostname, port } = new URL(url)
      proxy = await startTcpProxy({ host: hostname, port: Number(port || 5432) })
      return url.replace(/@[^/]*\//, `@127.0.0.1:${proxy.port}/`)
    },
  })
  key = await createKey(testServer.fetch, await setUpOwner(testServer.fetch))
})
afterAll(async () => {
  await testServer[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})

test('ten seconds without Postgres: every request says so, nothing is lost, and all goes on by itself', async () => {
  const { workspaceId, sessionId, taskId } = await makeOneOfEach(testServer, key)
  const stream = `session:${sessionId}`
  const { url } = await testServer.listen()
  const seqs: number[] = []
  const live = new LiveClient({
    url: liveUrl(url),
    openSocket: (address) =>
      new WebSocket(address, { headers: key.headers }) as unknown as LiveSocket,
  })
  live.subscribe(stream, 0, { onEvents: (events) => seqs.push(...events.map(({ seq }) => seq)) })
  const task = await key.call<{ status: string; change: { treeId: string } }>(
    'GET',
    `/api/tasks/${taskId}`,
  )
  await expect.poll(() => seqs.length).toBeGreaterThan(0)

  await proxy.close()
  const since = Date.now()
  const requests: [path: string, body?: string][] = [
    ['/api/me'],
    ['/api/tasks'],
    ['/readyz'],
    [`/api/events/stream?stream=${stream}`],
    ['/api/sessions', '{}'],
    ['/api/rpc/me/get', '{}'],
  ]
  let answered = 0
  do {
    for (const [path, body] of requests) {
      const response = await testServer.fetch(path, {
        headers: { ...key.headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body }),
      })
      const text = await response.text()
      expect({ path, status: response.status, text }).toMatchObject({
        status: 503,
        text: expect.stringContaining('database_unavailable'),
      })
      if (!path.startsWith('/api/rpc'))
        expect(ErrorBody.parse(JSON.parse(text)).error.message).toMatch(/Try again/)
      answered++
    }
    expect((await testServer.fetch('/healthz')).status).toBe(200)
  } while (Date.now() - since < goneMs)
  expect(answered).toBeGreaterThan(requests.length)

  // Written meanwhile by another process, past the proxy.
  const elsewhere = testServer.database.db
  const scope = systemScope(workspaceId as never)
  await elsewhere.scoped(scope, async (tx) =>
    append(tx, scope, stream, [{ type: 'notice', payload: { level: 'info', text: 'meanwhile' } }]),
  )
  const lastSeq = await elsewhere.scoped(scope, (tx) =>
    readCursor(tx, { workspaceId: scope.workspaceId, stream }),
  )

  await proxy.open()
  await expect
    .poll(async () => (await testServer.fetch('/readyz')).status, { timeout: 30_000 })
    .toBe(200)
  await expect.poll(() => seqs.at(-1), { timeout: 30_000 }).toBe(lastSeq)
  expect(seqs).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1))

  // The task that waited for its review through it all goes on.
  await key.call('POST', `/api/tasks/${taskId}/approve`, { treeId: task.change.treeId })
  await expect
    .poll(async () => (await key.call<{ status: string }>('GET', `/api/tasks/${taskId}`)).status, {
      timeout: 60_000,
    })
    .toBe('completed')
  live.close()
  expect(testServer.log.filter(({ msg }) => msg === 'request failed')).toEqual([])
})
