import { once } from 'node:events'
import { createId } from '@sluice/contract/ids'
import { ErrorBody } from '@sluice/contract/errors'
import type { EventEnvelope } from '@sluice/contract/events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createKey, type Caller } from './testing/people.ts'
import { type TestServer } from './testing/test-server.ts'
import { upgradeRefusal } from './testing/upgrade-refusal.ts'
import { openTwoWorkspaces, type TwoWorkspaces } from './testing/two-workspaces.ts'

let testServer: TestServer
let owner: Caller
let key: Caller
let strangerKey: Caller
let workspaceId: TwoWorkspaces['workspaceId']
let stream: TwoWorkspaces['stream']
let url: TwoWorkspaces['url']
let say: TwoWorkspaces['say']
let lastSeq: TwoWorkspaces['lastSeq']

beforeAll(async () => {
  ;({ testServer, owner, key, strangerKey, workspaceId, stream, url, say, lastSeq } =
    await openTwoWorkspaces())
})
afterAll(() => testServer[Symbol.asyncDispose]())

describe('events without a socket', () => {
  test('server-sent events resume after Last-Event-ID', async () => {
    const last = await say(['one', 'two', 'three'])
    const texts = await readSse({ 'last-event-id': String(last - 2) }, 2)
    expect(texts).toEqual([
      { id: String(last - 1), text: 'two' },
      { id: String(last), text: 'three' },
    ])
  })

  test('server-sent events go on live, and end when the reader leaves', async () => {
    const before = await lastSeq()
    const reading = readSse({ 'last-event-id': String(before) }, 1)
    await say(['live'])
    expect(await reading).toMatchObject([{ text: 'live' }])
  })

  test('polling waits for the first event and gives it at once', async () => {
    const before = await lastSeq()
    const asked = key.call<{ items: EventEnvelope[]; cursor: number }>(
      'GET',
      `/api/events?stream=${stream}&after=${before}&waitSeconds=30`,
    )
    await say(['polled'])
    const page = await asked
    expect(page.items.map(({ payload }) => payload)).toMatchObject([{ text: 'polled' }])
    expect(page.cursor).toBe(before + 1)
    expect(await key.call('GET', `/api/events?stream=${stream}&after=${page.cursor}`)).toEqual({
      items: [],
      cursor: page.cursor,
    })
  })

  test('a cursor ahead of the log is refused, since it is of another log', async () => {
    const response = await testServer.fetch(`/api/events?stream=${stream}&after=999999`, {
      headers: key.headers,
    })
    expect(response.status).toBe(400)
  })

  test('another workspace gets no event by any of these ways', async () => {
    for (const path of [`/api/events?stream=${stream}`, `/api/events/stream?stream=${stream}`]) {
      expect((await testServer.fetch(path, { headers: strangerKey.headers })).status).toBe(404)
      expect((await testServer.fetch(path)).status).toBe(401)
    }
  })

  async function readSse(
    headers: Record<string, string>,
    count: number,
  ): Promise<{ id: string; text: string }[]> {
    const leave = new AbortController()
    const response = await fetch(`${url}/api/events/stream?stream=${stream}`, {
      headers: { ...key.headers, ...headers },
      signal: leave.signal,
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const found: { id: string; text: string }[] = []
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const id = /^id: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (id === undefined || data === undefined) continue
        const { payload } = JSON.parse(data) as { payload: { text?: string } }
        found.push({ id, text: payload.text ?? '' })
      }
      if (found.length >= count) break
    }
    leave.abort()
    return found
  }
})

describe('the live socket', () => {
  test.each([
    ['no credentials', () => ({}), 401],
    ['a key that is none', () => ({ authorization: `Bearer slk_${'A'.repeat(43)}` }), 401],
    [
      'a workspace of others',
      () => ({ ...strangerKey.headers, 'sluice-workspace': workspaceId }),
      404,
    ],
  ])('refuses %s before it opens', async (_name, headers, status) => {
    const refusal = await upgradeRefusal(url, headers() as Record<string, string>)
    expect(refusal.status).toBe(status)
    expect(ErrorBody.safeParse(JSON.parse(refusal.body)).success).toBe(true)
  })

  test('is at one path alone', async () => {
    expect(await upgradeRefusal(url, key.headers, '/api/other')).toMatchObject({ status: 404 })
  })

  test("refuses another workspace's stream, one that is not there and what is no request, and stays open", async () => {
    const socket = await openSocket(strangerKey.headers)
    socket.send({ type: 'subscribe', stream, after: 0 })
    expect(await socket.next('refused')).toMatchObject({ stream, error: { code: 'not_found' } })
    const missing = `session:${createId('ses')}`
    socket.send({ type: 'subscribe', stream: missing, after: 0 })
    expect(await socket.next('refused')).toMatchObject({
      stream: missing,
      error: { code: 'not_found' },
    })
    socket.send('not even an object')
    expect(await socket.next('refused')).toMatchObject({ error: { code: 'invalid_input' } })
    socket.close()
  })

  test('says what was there, that it is caught up, and what comes', async () => {
    const last = await say(['before'])
    const socket = await openSocket(key.headers)
    socket.send({ type: 'subscribe', stream, after: last - 1 })
    expect(await socket.next('events')).toMatchObject({
      events: [{ seq: last, payload: { text: 'before' } }],
    })
    expect(await socket.next('caught_up')).toMatchObject({ seq: last })
    await say(['after'])
    expect(await socket.next('events')).toMatchObject({
      events: [{ seq: last + 1, payload: { text: 'after' } }],
    })
    socket.close()
  })

  test('ends when the credentials that opened it end', async () => {
    const made = await createKey(testServer.fetch, owner, { role: 'viewer', scopes: ['read'] })
    const socket = await openSocket(made.headers)
    const closed = socket.closed()
    await owner.call('DELETE', `/api/api-keys/${made.id}`)
    expect(await closed).toBe(4001)
  })
})

interface Message {
  type: string
  [field: string]: unknown
}

async function openSocket(headers: Record<string, string>) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers })
  const unread: Message[] = []
  let wake: (() => void) | undefined
  socket.on('message', (data: Buffer) => {
    unread.push(JSON.parse(data.toString()) as Message)
    wake?.()
  })
  await once(socket, 'open')
  return {
    send: (request: unknown) => socket.send(JSON.stringify(request)),
    /** The next message of a type; what stands before it is passed over. */
    async next(type: string): Promise<Message> {
      for (;;) {
        const message = unread.shift()
        if (message?.type === type) return message
        if (message === undefined) await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    closed: async () => ((await once(socket, 'close')) as [number])[0],
    close: () => socket.close(),
  }
}
