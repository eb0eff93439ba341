import type { StreamEvent } from '@sluice/contract/events'
import { advance } from './cursor.logic.ts'
import type { LiveError, StreamHandler, Subscription } from './live-types.ts'

interface Subscriber {
  handler: StreamHandler
  cursor: number
}

/**
 * One stream with everybody who follows it. Each follower has a cursor of its own; the wire has
 * one subscription, from the lowest of them, and each takes only what follows its own cursor.
 */
export class StreamFeed {
  readonly stream: string
  readonly #subscribers = new Set<Subscriber>()

  constructor(stream: string) {
    this.stream = stream
  }

  get isEmpty(): boolean {
    return this.#subscribers.size === 0
  }

  /** The cursor from which the wire has to be read so that nobody misses anything. */
  get lowest(): number {
    return Math.min(...[...this.#subscribers].map((one) => one.cursor))
  }

  add(after: number, handler: StreamHandler, onClose: () => void): Subscription {
    const subscriber: Subscriber = { handler, cursor: after }
    this.#subscribers.add(subscriber)
    return {
      get cursor() {
        return subscriber.cursor
      },
      close: () => {
        if (this.#subscribers.delete(subscriber)) onClose()
      },
    }
  }

  /**
   * Hands a batch on.
   * @returns whether somebody misses an event: the wire must then be read again from `lowest`
   */
  take(events: readonly StreamEvent[]): { hasGap: boolean; hasFresh: boolean } {
    let hasGap = false
    let hasFresh = false
    for (const subscriber of this.#subscribers) {
      const step = advance(subscriber.cursor, events)
      hasGap ||= step.hasGap
      if (step.fresh.length === 0) continue
      hasFresh = true
      // First the cursor: a handler that throws must not be given the same events again.
      subscriber.cursor = step.cursor
      subscriber.handler.onEvents(step.fresh)
    }
    return { hasGap, hasFresh }
  }

  /** @returns whether the log's end lies beyond what somebody was given */
  caughtUp(seq: number): boolean {
    const followers = [...this.#subscribers]
    if (followers.some((one) => one.cursor < seq)) return true
    for (const one of followers) one.handler.onCaughtUp?.(seq)
    return false
  }

  refuse(error: LiveError): void {
    const all = [...this.#subscribers]
    this.#subscribers.clear()
    for (const one of all) one.handler.onRefused?.(error)
  }
}
