import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LiveClient } from './live.ts'
import { FakeClock, ScriptedSocket, stream } from './scripted-socket.fixture.ts'

/** What a bad network and a bad server may do between two honest answers. */
const fault = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('answer' as const), upTo: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    kind: fc.constant('stray' as const),
    from: fc.integer({ min: 1, max: 30 }),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('claim' as const), seq: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ kind: fc.constant('cut' as const), code: fc.constantFrom(1001, 1006, 4008) }),
  fc.record({ kind: fc.constant('garbage' as const) }),
  fc.record({ kind: fc.constant('join' as const), after: fc.integer({ min: 0, max: 10 }) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
)

test('whatever the connection does, every follower gets each event after its cursor once and in order', () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 60 }), (faults) => {
      const clock = new FakeClock()
      let socket = new ScriptedSocket()
      const live = new LiveClient({
        url: 'ws://test',
        clock,
        openSocket: () => (socket = new ScriptedSocket()),
      })
      let end = 0
      const followers: { after: number; seen: number[] }[] = []
      const join = (after: number) => {
        const follower = { after, seen: [] as number[] }
        followers.push(follower)
        live.subscribe(stream, after, {
          onEvents: (events) => follower.seen.push(...events.map((event) => event.seq)),
        })
      }
      /** What the server was asked for last on the present socket. */
      const asked = () => {
        const request = socket.sent.findLast((one) => one.type === 'subscribe')
        return request?.type === 'subscribe' ? request.after : undefined
      }
      const send = (from: number, to: number) => {
        const seqs = Array.from(
          { length: Math.max(0, Math.min(to, end) - from) },
          (_, index) => from + index + 1,
        )
        if (seqs.length > 0) socket.events(seqs)
      }
      join(0)
      for (const one of faults) {
        if (one.kind === 'append') end += one.count
        else if (one.kind === 'join') join(Math.min(one.after, end))
        else if (one.kind === 'pass') clock.pass(one.ms)
        else {
          socket.open()
          if (one.kind === 'answer') send(asked() ?? 0, (asked() ?? 0) + one.upTo)
          else if (one.kind === 'stray') send(one.from - 1, one.from - 1 + one.count)
          else if (one.kind === 'claim') socket.caughtUp(Math.min(one.seq, end))
          else if (one.kind === 'cut') socket.cut(one.code)
          else socket.onmessage?.({ data: 'garbage' })
        }
      }
      // Then an honest server: whatever is asked for is answered up to the end.
      for (let turn = 0; turn < 2; turn++) {
        const before = socket
        socket.cut()
        while (socket === before) clock.pass(100)
        socket.open()
        send(asked() ?? 0, end)
        socket.caughtUp(end)
      }
      for (const { after, seen } of followers) {
        expect(seen).toEqual(Array.from({ length: end - after }, (_, index) => after + index + 1))
      }
      live.close()
      expect(clock.waiting).toBe(0)
    }),
    { numRuns: 300 },
  )
})
