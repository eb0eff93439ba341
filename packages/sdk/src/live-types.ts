import type { ErrorBody } from '@sluice/contract/errors'
import type { StreamEvent } from '@sluice/contract/events'

/** The part of a WebSocket that is used: the browser's and the package `ws` both have it. */
export interface LiveSocket {
  send(data: string): void
  close(code?: number, reason?: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: never) => void) | null
}

/** Time and chance, so that tests need neither. Milliseconds throughout. */
export interface LiveClock {
  now(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  /** In [0, 1). */
  random(): number
}

export const systemClock: LiveClock = {
  now: () => Date.now(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
}

/**
 * How current what is shown can be. `live`: everything that happens arrives. `connecting`: the
 * first try, or the first one after a loss, is under way. `offline`: a try failed; more follow
 * by themselves, unless `reason` is `unauthenticated` or `closed`.
 */
export interface Connection {
  state: 'connecting' | 'live' | 'offline'
  /** Milliseconds since the epoch: since when live, else when something was last heard. */
  since: number
  via: 'socket' | 'polling'
  reason?: 'unauthenticated' | 'closed'
}

export type LiveError = ErrorBody['error']

/** What a subscriber is told. `onEvents` gets each later event once and in order. */
export interface StreamHandler {
  onEvents(events: StreamEvent[]): void
  /** Everything up to `seq`, the log's end at that moment, was delivered. After every reconnect again. */
  onCaughtUp?(seq: number): void
  /** The server does not give this stream to this caller; nothing more comes. */
  onRefused?(error: LiveError): void
}

export interface Subscription {
  /** The seq of the last event that was delivered. */
  readonly cursor: number
  close(): void
}
