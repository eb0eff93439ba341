import type { EventEnvelope, StreamEvent } from '@sluice/contract/events'
import type { LiveMessage, LiveRequest } from '@sluice/contract/live'
import type { LiveClock, LiveSocket } from './live-types.ts'

export const stream = 'session:ses_00000000000000000000000000000001'
export const otherStream = 'session:ses_00000000000000000000000000000002'

export function eventAt(seq: number, of = stream): StreamEvent {
  return {
    workspaceId: 'wks_00000000000000000000000000000001' as StreamEvent['workspaceId'],
    stream: of,
    seq,
    type: 'notice',
    payload: { level: 'info', text: `${seq}` },
    actor: { type: 'system', id: 'system', name: 'Sluice' },
    at: '2026-01-01T00:00:00Z',
  }
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements LiveClock {
  at = 0
  chance = 0.5
  #timers = new Map<number, { run: () => void; at: number }>()
  #next = 1

  now = () => this.at
  random = () => this.chance
  setTimer = (run: () => void, ms: number) => {
    this.#timers.set(this.#next, { run, at: this.at + ms })
    return this.#next++
  }
  clearTimer = (timer: unknown) => void this.#timers.delete(timer as number)

  get waiting(): number {
    return this.#timers.size
  }

  /** Lets `ms` pass, running what falls due in its order. */
  pass(ms: number): void {
    const end = this.at + ms
    for (;;) {
      const due = [...this.#timers]
        .filter(([, timer]) => timer.at <= end)
        .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
      if (due === undefined) break
      this.#timers.delete(due[0])
      this.at = Math.max(this.at, due[1].at)
      due[1].run()
    }
    this.at = end
  }
}

/** A socket whose other end is played by the test. */
export class ScriptedSocket implements LiveSocket {
  readonly sent: LiveRequest[] = []
  closedWith: number | undefined
  onopen: LiveSocket['onopen'] = null
  onmessage: LiveSocket['onmessage'] = null
  onclose: LiveSocket['onclose'] = null
  onerror: LiveSocket['onerror'] = null

  send(data: string): void {
    this.sent.push(JSON.parse(data) as LiveRequest)
  }
  close(code = 1005): void {
    this.closedWith = code
  }
  open(): void {
    this.onopen?.(undefined as never)
  }
  say(message: LiveMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  events(seqs: number[], of = stream): void {
    this.say({
      type: 'events',
      stream: of,
      events: seqs.map((seq) => eventAt(seq, of) as EventEnvelope),
    })
  }
  caughtUp(seq: number, of = stream): void {
    this.say({ type: 'caught_up', stream: of, seq })
  }
  beat(): void {
    this.say({ type: 'heartbeat', at: '2026-01-01T00:00:00Z' })
  }
  cut(code = 1006): void {
    this.onclose?.({ code, reason: '' })
  }
}
