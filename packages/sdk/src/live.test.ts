import { expect, test } from 'vitest'
import type { StreamEvent } from '@sluice/contract/events'
import { closeGoingAway, closeUnauthenticated, deadAfterMs } from '@sluice/contract/live'
import { ApiError } from './api-error.ts'
import { LiveClient, liveUrl, type Connection, type Poll } from './live.ts'
import {
  eventAt,
  FakeClock,
  otherStream,
  ScriptedSocket,
  stream,
} from './scripted-socket.fixture.ts'

function setUp(options: { poll?: Poll } = {}) {
  const clock = new FakeClock()
  const sockets: ScriptedSocket[] = []
  const live = new LiveClient({
    url: 'ws://test/api/live',
    clock,
    poll: options.poll,
    openSocket: () => {
      const socket = new ScriptedSocket()
      sockets.push(socket)
      return socket
    },
  })
  const follow = (after: number, of = stream) => {
    const seen: number[] = []
    const caughtUp: number[] = []
    const refused: string[] = []
    const subscription = live.subscribe(of, after, {
      onEvents: (events) => seen.push(...events.map((event) => event.seq)),
      onCaughtUp: (seq) => caughtUp.push(seq),
      onRefused: (error) => refused.push(error.code),
    })
    return { seen, caughtUp, refused, subscription }
  }
  const states: Connection['state'][] = [live.connection.state]
  live.onConnection(() => states.push(live.connection.state))
  return { clock, sockets, live, follow, states, socket: () => sockets.at(-1)! }
}

test('the address of the live socket follows the server and carries a query', () => {
  expect(liveUrl('https://sluice.example/')).toBe('wss://sluice.example/api/live')
  expect(liveUrl('http://127.0.0.1:4000', { workspace: 'a b' })).toBe(
    'ws://127.0.0.1:4000/api/live?workspace=a+b',
  )
})

test('a subscription starts at its cursor and delivers what follows', () => {
  const { follow, socket } = setUp()
  const { seen, caughtUp, subscription } = follow(2)
  socket().open()
  expect(socket().sent).toEqual([{ type: 'subscribe', stream, after: 2 }])
  socket().events([3, 4])
  socket().caughtUp(4)
  expect(seen).toEqual([3, 4])
  expect(caughtUp).toEqual([4])
  expect(subscription.cursor).toBe(4)
})

test('after a cut at any message boundary each event arrives once and in order', () => {
  for (let cutAfter = 0; cutAfter <= 6; cutAfter++) {
    const { follow, socket, clock, sockets } = setUp()
    const { seen } = follow(0)
    socket().open()
    for (let seq = 1; seq <= cutAfter; seq++) socket().events([seq])
    const first = socket()
    first.cut()
    clock.pass(1000)
    expect(sockets).toHaveLength(2)
    // The old socket's late frames speak to nobody.
    first.events([99])
    socket().open()
    expect(socket().sent).toEqual([{ type: 'subscribe', stream, after: cutAfter }])
    socket().events([cutAfter + 1, cutAfter + 2])
    expect(seen).toEqual(Array.from({ length: cutAfter + 2 }, (_, index) => index + 1))
  }
})

test('an event that was seen is dropped, alone or inside a batch', () => {
  const { follow, socket } = setUp()
  const { seen } = follow(0)
  socket().open()
  socket().events([1, 2])
  socket().events([2])
  socket().events([1, 2, 3, 3, 4])
  expect(seen).toEqual([1, 2, 3, 4])
})

test('a hole is never delivered: the stream is asked for again from the cursor, once', () => {
  const { follow, socket } = setUp()
  const { seen, caughtUp } = follow(0)
  socket().open()
  socket().events([1])
  socket().events([3, 4])
  socket().events([5])
  expect(seen).toEqual([1])
  expect(socket().sent.slice(1)).toEqual([{ type: 'subscribe', stream, after: 1 }])
  socket().events([2, 3, 4, 5])
  socket().caughtUp(5)
  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect(caughtUp).toEqual([5])
})

test('a hole inside a batch delivers what stands before it', () => {
  const { follow, socket } = setUp()
  const { seen } = follow(0)
  socket().open()
  socket().events([1, 2, 4])
  expect(seen).toEqual([1, 2])
  expect(socket().sent.at(-1)).toEqual({ type: 'subscribe', stream, after: 2 })
})

test('being told of a log end beyond the cursor is a hole too', () => {
  const { follow, socket } = setUp()
  const { caughtUp } = follow(0)
  socket().open()
  socket().events([1])
  socket().caughtUp(3)
  expect(caughtUp).toEqual([])
  expect(socket().sent.at(-1)).toEqual({ type: 'subscribe', stream, after: 1 })
})

test('a server that does not close a hole loses the connection, not the event', () => {
  const { follow, socket, sockets, clock } = setUp()
  const { seen } = follow(0)
  socket().open()
  socket().events([1])
  socket().events([3])
  for (let beat = 0; beat < 4; beat++) {
    clock.pass(3000)
    sockets[0]?.beat()
  }
  expect(sockets[0]?.closedWith).toBe(4000)
  socket().open()
  socket().events([2, 3])
  expect(seen).toEqual([1, 2, 3])
})

test('silence for too long is a loss, and any byte before its end is life', () => {
  const { follow, socket, sockets, clock, live } = setUp()
  follow(0)
  socket().open()
  socket().caughtUp(0)
  clock.pass(deadAfterMs)
  socket().beat()
  clock.pass(deadAfterMs)
  expect(live.connection.state).toBe('live')
  clock.pass(2)
  expect(sockets[0]?.closedWith).toBe(4000)
  expect(live.connection).toEqual({ state: 'connecting', since: deadAfterMs, via: 'socket' })
})

test('after a sleep of the machine the first look at the clock gives the connection up', () => {
  const { follow, socket, sockets, clock, live } = setUp()
  follow(0)
  socket().open()
  socket().caughtUp(0)
  clock.at += 3_600_000
  live.wake()
  expect(sockets[0]?.closedWith).toBe(4000)
})

test('a server that goes away is asked again at once, but not for ever without a pause', () => {
  const { follow, socket, sockets, clock } = setUp()
  follow(0)
  socket().open()
  socket().caughtUp(0)
  socket().cut(closeGoingAway)
  clock.pass(0)
  expect(sockets).toHaveLength(2)
  socket().cut(closeGoingAway)
  clock.pass(0)
  expect(sockets).toHaveLength(2)
  clock.pass(1000)
  expect(sockets).toHaveLength(3)
})

test('pauses grow with every failed try and shrink again after a word from the server', () => {
  const { follow, socket, sockets, clock } = setUp()
  clock.chance = 0.999
  follow(0)
  const pauses: number[] = []
  for (let round = 0; round < 9; round++) {
    const before = clock.at
    const count = sockets.length
    socket().cut()
    while (sockets.length === count) clock.pass(1)
    pauses.push(clock.at - before)
  }
  expect(pauses).toEqual([250, 500, 1000, 1999, 3998, 7996, 14993, 14993, 14993])
  socket().open()
  socket().beat()
  const before = clock.at
  socket().cut()
  while (sockets.length === 10) clock.pass(1)
  expect(clock.at - before).toBe(250)
})

test('ended credentials end the tries until somebody signs in again', () => {
  const { follow, socket, sockets, clock, live } = setUp()
  follow(0)
  socket().open()
  socket().cut(closeUnauthenticated)
  clock.pass(100_000)
  expect(sockets).toHaveLength(1)
  expect(live.connection).toMatchObject({ state: 'offline', reason: 'unauthenticated' })
  live.wake()
  expect(sockets).toHaveLength(2)
})

test('the state is connecting after the first loss, offline when a try failed, live when the server speaks', () => {
  const { follow, socket, clock, states, live } = setUp()
  follow(0)
  clock.pass(5)
  socket().open()
  expect(states).toEqual(['connecting'])
  socket().caughtUp(0)
  clock.pass(7)
  socket().cut()
  expect(states).toEqual(['connecting', 'live', 'connecting'])
  clock.pass(1000)
  socket().cut()
  expect(live.connection).toEqual({ state: 'offline', since: 5, via: 'socket' })
  clock.pass(1000)
  socket().open()
  socket().caughtUp(0)
  expect(states).toEqual(['connecting', 'live', 'connecting', 'offline', 'live'])
})

test('a frame that is no message gives the connection up', () => {
  const { follow, socket, sockets } = setUp()
  follow(0)
  socket().open()
  socket().onmessage?.({ data: '{"type":' })
  expect(sockets[0]?.closedWith).toBe(4000)
})

test('a socket that never opens is given up', () => {
  const { follow, sockets, clock } = setUp()
  follow(0)
  clock.pass(11_000)
  expect(sockets[0]?.closedWith).toBe(4000)
  expect(sockets.length).toBeGreaterThan(1)
})

test('many streams share a socket and keep cursors of their own', () => {
  const { follow, socket, sockets, clock } = setUp()
  const one = follow(0)
  const two = follow(7, otherStream)
  expect(sockets).toHaveLength(1)
  socket().open()
  socket().events([1])
  socket().events([8, 9], otherStream)
  socket().cut()
  clock.pass(1000)
  socket().open()
  expect(socket().sent).toEqual([
    { type: 'subscribe', stream, after: 1 },
    { type: 'subscribe', stream: otherStream, after: 9 },
  ])
  expect([one.seen, two.seen]).toEqual([[1], [8, 9]])
})

test('two followers of one stream each get what follows their own cursor', () => {
  const { follow, socket } = setUp()
  const early = follow(2)
  socket().open()
  socket().events([3, 4])
  const late = follow(0)
  expect(socket().sent.at(-1)).toEqual({ type: 'subscribe', stream, after: 0 })
  socket().events([5])
  socket().events([1, 2, 3, 4, 5])
  socket().caughtUp(5)
  expect(early.seen).toEqual([3, 4, 5])
  expect(late.seen).toEqual([1, 2, 3, 4, 5])
  expect(late.caughtUp).toEqual([5])
})

test('the last one to leave unsubscribes, and nothing comes after', () => {
  const { follow, socket } = setUp()
  const one = follow(0)
  const two = follow(0)
  socket().open()
  one.subscription.close()
  expect(socket().sent.filter((request) => request.type === 'unsubscribe')).toEqual([])
  two.subscription.close()
  two.subscription.close()
  expect(socket().sent.at(-1)).toEqual({ type: 'unsubscribe', stream })
  socket().events([1])
  expect([one.seen, two.seen]).toEqual([[], []])
})

test('a refused stream says so to its followers and is not asked for again', () => {
  const { follow, socket, clock } = setUp()
  const one = follow(0)
  socket().open()
  socket().say({ type: 'refused', stream, error: { code: 'not_found', message: 'no' } })
  expect(one.refused).toEqual(['not_found'])
  socket().cut()
  clock.pass(1000)
  socket().open()
  expect(socket().sent).toEqual([])
})

test('a follower that throws does not get an event twice', () => {
  const { live, socket } = setUp()
  const seen: number[] = []
  live.subscribe(stream, 0, {
    onEvents: (events) => {
      seen.push(...events.map((event) => event.seq))
      if (seen.length === 1) throw new Error('a bug of the page')
    },
  })
  socket().open()
  expect(() => socket().events([1])).toThrow('a bug of the page')
  socket().events([1, 2])
  expect(seen).toEqual([1, 2])
})

test('closing ends everything', () => {
  const { follow, socket, sockets, clock, live } = setUp()
  follow(0)
  socket().open()
  live.close()
  clock.pass(100_000)
  expect(sockets).toHaveLength(1)
  expect(clock.waiting).toBe(0)
  expect(live.connection).toMatchObject({ state: 'offline', reason: 'closed' })
  expect(() => live.subscribe(stream, 0, { onEvents: () => undefined })).toThrow('closed')
})

/** A poll whose answers the test gives one by one. */
function scriptedPoll() {
  const calls: {
    after: number
    stream: string
    answer: (items: StreamEvent[]) => void
    fail: (error: Error) => void
  }[] = []
  const poll: Poll = (input, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      calls.push({
        ...input,
        answer: (items) => resolve({ items, cursor: items.at(-1)?.seq ?? input.after }),
        fail: reject,
      })
    })
  return { poll, calls }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('where no socket can be opened the streams are polled from their cursors, until one can', async () => {
  const { poll, calls } = scriptedPoll()
  const { follow, socket, clock, live } = setUp({ poll })
  const { seen, caughtUp } = follow(4)
  for (let tries = 0; tries < 3; tries++) {
    expect(calls).toHaveLength(0)
    socket().cut()
    if (tries < 2) clock.pass(2000)
  }
  expect(calls[0]).toMatchObject({ stream, after: 4 })
  calls[0]!.answer([eventAt(5), eventAt(6)])
  await settle()
  expect(live.connection).toMatchObject({ state: 'live', via: 'polling' })
  expect(calls[1]).toMatchObject({ after: 6 })
  calls[1]!.answer([])
  await settle()
  expect(caughtUp).toEqual([6])

  calls[2]!.fail(new ApiError('unreachable'))
  await settle()
  expect(live.connection).toMatchObject({ state: 'offline', via: 'polling' })
  clock.pass(1000)
  await settle()
  expect(calls[3]).toMatchObject({ after: 6 })

  clock.pass(5000)
  socket().open()
  socket().events([6, 7])
  calls[3]!.answer([eventAt(7)])
  await settle()
  expect(live.connection).toMatchObject({ state: 'live', via: 'socket' })
  expect(seen).toEqual([5, 6, 7])
  expect(calls).toHaveLength(4)
})

test('a stream that polling may not read is refused', async () => {
  const { poll, calls } = scriptedPoll()
  const { follow, socket, clock } = setUp({ poll })
  const { refused } = follow(0)
  for (let tries = 0; tries < 3; tries++) {
    socket().cut()
    clock.pass(2000)
  }
  calls[0]!.fail(new ApiError('not_found', { message: 'no' }))
  await settle()
  expect(refused).toEqual(['not_found'])
})
