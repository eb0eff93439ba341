import { expect, test } from 'vitest'
import { LiveClient } from './live.ts'
import { FakeClock, ScriptedSocket, stream } from './scripted-socket.fixture.ts'
import { tail } from './tail.ts'

function setUp() {
  const socket = new ScriptedSocket()
  const live = new LiveClient({
    url: 'ws://test',
    clock: new FakeClock(),
    openSocket: () => socket,
  })
  return { socket, live }
}

test('the events come one by one, those that wait and those still to come', async () => {
  const { socket, live } = setUp()
  const events = tail(live, stream, 0)
  const first = events.next()
  socket.open()
  socket.events([1, 2])
  expect((await first).value).toMatchObject({ seq: 1 })
  expect((await events.next()).value).toMatchObject({ seq: 2 })
  const third = events.next()
  socket.events([3])
  expect((await third).value).toMatchObject({ seq: 3 })
})

test('leaving the loop unsubscribes', async () => {
  const { socket, live } = setUp()
  const events = tail(live, stream, 0)
  const first = events.next()
  socket.open()
  socket.events([1])
  await first
  await events.return()
  expect(socket.sent.at(-1)).toEqual({ type: 'unsubscribe', stream })
})

test('an abort ends it, also while it waits', async () => {
  const { live } = setUp()
  const stop = new AbortController()
  const first = tail(live, stream, 0, stop.signal).next()
  stop.abort()
  expect(await first).toEqual({ done: true, value: undefined })
})

test('a refusal is thrown', async () => {
  const { socket, live } = setUp()
  const first = tail(live, stream, 0).next()
  socket.open()
  socket.say({ type: 'refused', stream, error: { code: 'not_found', message: 'no such stream' } })
  await expect(first).rejects.toMatchObject({ code: 'not_found', message: 'no such stream' })
})
