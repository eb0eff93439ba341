import type { StreamEvent } from '@sluice/contract/events'
import { ApiError } from './api-error.ts'
import { backoffMs } from './backoff.ts'
import type { LiveClock, LiveError } from './live-types.ts'

/** Reads a stream once, waiting up to `waitSeconds` for the first event after `after`. */
export type Poll = (
  input: { stream: string; after: number; waitSeconds: number },
  signal: AbortSignal,
) => Promise<{ items: StreamEvent[]; cursor: number }>

/** A browser gives one server six connections; the page needs some for itself. */
const WAITING_POLLS = 3
const WAIT_SECONDS = 20
const PAUSE_MS = 2_000

interface Polled {
  stream: string
  after(): number
  onItems(items: StreamEvent[], cursor: number): void
  onRefused(error: LiveError): void
}

/** Follows streams by asking again and again: for networks that let no WebSocket through. */
export class Poller {
  readonly #poll: Poll
  readonly #clock: LiveClock
  readonly #onResult: (isAnswered: boolean) => void
  readonly #running = new Map<string, AbortController>()

  constructor(deps: { poll: Poll; clock: LiveClock; onResult: (isAnswered: boolean) => void }) {
    this.#poll = deps.poll
    this.#clock = deps.clock
    this.#onResult = deps.onResult
  }

  follow(polled: Polled): void {
    if (this.#running.has(polled.stream)) return
    const stop = new AbortController()
    this.#running.set(polled.stream, stop)
    void this.#loop(polled, stop.signal)
  }

  leave(stream: string): void {
    this.#running.get(stream)?.abort()
    this.#running.delete(stream)
  }

  stop(): void {
    for (const stream of this.#running.keys()) this.leave(stream)
  }

  async #loop(polled: Polled, signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const waitSeconds = this.#running.size > WAITING_POLLS ? 0 : WAIT_SECONDS
      try {
        const answer = await this.#poll(
          { stream: polled.stream, after: polled.after(), waitSeconds },
          signal,
        )
        if (signal.aborted) return
        failures = 0
        this.#onResult(true)
        polled.onItems(answer.items, answer.cursor)
        if (waitSeconds === 0 && answer.items.length === 0) await this.#pause(PAUSE_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        if (
          error instanceof ApiError &&
          (error.code === 'not_found' || error.code === 'forbidden')
        ) {
          this.leave(polled.stream)
          polled.onRefused({ code: error.code, message: error.message, details: error.details })
          return
        }
        this.#onResult(false)
        await this.#pause(backoffMs(failures++, this.#clock.random()), signal)
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#clock.clearTimer(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.setTimer(end, ms)
      signal.addEventListener('abort', end)
    })
  }
}
