import type { StreamEvent } from '@sluice/contract/events'
import type { LiveMessage } from '@sluice/contract/live'
import {
  systemClock,
  type Connection,
  type LiveClock,
  type LiveSocket,
  type StreamHandler,
  type Subscription,
} from './live-types.ts'
import { Poller, type Poll } from './polling.ts'
import { SocketLink } from './socket-link.ts'
import { StreamFeed } from './stream-feed.ts'

export type {
  Connection,
  LiveClock,
  LiveError,
  LiveSocket,
  StreamHandler,
  Subscription,
} from './live-types.ts'
export type { Poll } from './polling.ts'

/** Sockets that must fail in a row before the streams are polled beside further tries. */
const POLL_AFTER_TRIES = 3
/** A subscription that brings nothing within this time is given up together with its socket. */
const RESUME_WITHIN_MS = 10_000

export interface LiveOptions {
  /** The address of the live socket, such as `ws://127.0.0.1:4000/api/live`; see `liveUrl`. A function is asked at each try. */
  url: string | (() => string)
  /** Opens a socket; the global `WebSocket` unless told. Node passes `ws`, to send headers. */
  openSocket?: (url: string) => LiveSocket
  /** Reads a stream without a socket; see `pollWith`. Without it there is no fallback. */
  poll?: Poll
  clock?: LiveClock
}

/** The live socket's address for a server's: `http` becomes `ws`, `https` becomes `wss`. */
export function liveUrl(url: string, query: Record<string, string> = {}): string {
  const live = new URL('/api/live', url)
  live.protocol = live.protocol === 'https:' ? 'wss:' : 'ws:'
  for (const [name, value] of Object.entries(query)) live.searchParams.set(name, value)
  return live.href
}

/**
 * Follows any number of streams of the event log over one connection.
 *
 * A subscriber gets every event after its cursor exactly once and in order, whatever happens to
 * the connection: what was seen is dropped, a hole is never passed on but read again from the
 * cursor. The connection is opened with the first subscription and kept until `close`.
 */
export class LiveClient {
  readonly #clock: LiveClock
  readonly #link: SocketLink
  readonly #poller: Poller | undefined
  readonly #feeds = new Map<string, StreamFeed>()
  /** Streams that wait for the answer to a subscription, with the timer that gives the socket up. */
  readonly #resuming = new Map<string, unknown>()
  readonly #listeners = new Set<() => void>()
  #connection: Connection
  #heardAt: number
  #isClosed = false

  constructor(options: LiveOptions) {
    this.#clock = options.clock ?? systemClock
    this.#heardAt = this.#clock.now()
    this.#connection = { state: 'connecting', since: this.#heardAt, via: 'socket' }
    const openSocket =
      options.openSocket ?? ((url: string) => new WebSocket(url) as unknown as LiveSocket)
    this.#link = new SocketLink({
      open: () => openSocket(typeof options.url === 'function' ? options.url() : options.url),
      clock: this.#clock,
      events: {
        onOpen: () => this.#opened(),
        onBytes: () => void (this.#heardAt = this.#clock.now()),
        onMessage: (message) => this.#receive(message),
        onDown: ({ failedTries, isFinal }) => this.#down(failedTries, isFinal),
      },
    })
    this.#poller =
      options.poll &&
      new Poller({
        poll: options.poll,
        clock: this.#clock,
        onResult: (isAnswered) => {
          if (isAnswered) this.#heardAt = this.#clock.now()
          this.#say(
            isAnswered ? { state: 'live', via: 'polling' } : { state: 'offline', via: 'polling' },
          )
        },
      })
  }

  /** How current everything is. The object is the same until something changes. */
  get connection(): Connection {
    return this.#connection
  }

  /** Calls `listener` whenever `connection` changes; the result takes it back. Made for `useSyncExternalStore`. */
  onConnection = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Follows `stream` from the event after `after` (0: from its beginning).
   * @param after the cursor that came with a snapshot, or that of the last event seen
   */
  subscribe(stream: string, after: number, handler: StreamHandler): Subscription {
    if (this.#isClosed) throw new Error('This live client is closed.')
    const feed = this.#feeds.get(stream) ?? new StreamFeed(stream)
    this.#feeds.set(stream, feed)
    const subscription = feed.add(after, handler, () => this.#left(feed))
    if (this.#link.isOpen) {
      // One who joins others needs the wire read again from its own place; to the others it repeats itself.
      this.#resumed(stream)
      this.#resume(feed)
    } else this.#link.start()
    if (this.#connection.via === 'polling') this.#follow(feed)
    return subscription
  }

  /** Tries at once: for when the machine woke, the network came back, or a person signed in again. */
  wake = (): void => {
    if (this.#isClosed) return
    if (this.#feeds.size > 0) this.#link.start()
    this.#link.wake()
  }

  close(): void {
    this.#isClosed = true
    this.#poller?.stop()
    for (const timer of this.#resuming.values()) this.#clock.clearTimer(timer)
    this.#resuming.clear()
    this.#link.stop()
    this.#feeds.clear()
    this.#say({ state: 'offline', via: 'socket', reason: 'closed' })
  }

  #left(feed: StreamFeed): void {
    if (!feed.isEmpty || this.#feeds.get(feed.stream) !== feed) return
    this.#feeds.delete(feed.stream)
    this.#resumed(feed.stream)
    this.#poller?.leave(feed.stream)
    this.#link.send({ type: 'unsubscribe', stream: feed.stream })
  }

  #opened(): void {
    for (const stream of this.#resuming.keys()) this.#resumed(stream)
    for (const feed of this.#feeds.values()) this.#resume(feed)
  }

  #receive(message: LiveMessage): void {
    // A proxy may accept a socket that leads nowhere: only a word from the server is proof.
    this.#poller?.stop()
    this.#say({ state: 'live', via: 'socket' })
    if (message.type === 'heartbeat') return
    const feed = this.#feeds.get(message.stream)
    if (feed === undefined) return
    if (message.type === 'events') {
      const { hasGap, hasFresh } = feed.take(message.events as StreamEvent[])
      if (hasFresh) this.#resumed(feed.stream)
      if (hasGap) this.#resume(feed)
    } else if (message.type === 'caught_up') {
      if (feed.caughtUp(message.seq)) this.#resume(feed)
      else this.#resumed(feed.stream)
    } else if (message.type === 'refused') {
      this.#refused(feed, message.error)
    }
  }

  #refused(feed: StreamFeed, error: Parameters<StreamFeed['refuse']>[0]): void {
    this.#feeds.delete(feed.stream)
    this.#resumed(feed.stream)
    feed.refuse(error)
  }

  /**
   * Reads the stream from its cursor. Frames that were under way still show the hole; they
   * are passed over until the new ones come, and a socket that does not bring them is given up.
   */
  #resume(feed: StreamFeed): void {
    if (this.#resuming.has(feed.stream)) return
    this.#resuming.set(
      feed.stream,
      this.#clock.setTimer(() => this.#link.fail(), RESUME_WITHIN_MS),
    )
    this.#link.send({ type: 'subscribe', stream: feed.stream, after: feed.lowest })
  }

  #resumed(stream: string): void {
    this.#clock.clearTimer(this.#resuming.get(stream))
    this.#resuming.delete(stream)
  }

  #down(failedTries: number, isFinal: boolean): void {
    for (const stream of this.#resuming.keys()) this.#resumed(stream)
    if (isFinal) {
      this.#poller?.stop()
      this.#say({ state: 'offline', via: 'socket', reason: 'unauthenticated' })
      return
    }
    if (this.#poller !== undefined && failedTries + 1 >= POLL_AFTER_TRIES) {
      for (const feed of this.#feeds.values()) this.#follow(feed)
      if (this.#connection.via === 'polling') return
    }
    this.#say({ state: failedTries === 0 ? 'connecting' : 'offline', via: 'socket' })
  }

  #follow(feed: StreamFeed): void {
    this.#poller?.follow({
      stream: feed.stream,
      after: () => feed.lowest,
      onItems: (items, cursor) => {
        feed.take(items)
        if (items.length === 0) feed.caughtUp(cursor)
      },
      onRefused: (error) => this.#refused(feed, error),
    })
  }

  #say(next: Pick<Connection, 'state' | 'via' | 'reason'>): void {
    const now = this.#connection
    if (now.state === next.state && now.via === next.via && now.reason === next.reason) return
    // A loss is dated from when something was last heard, whatever it is called since.
    const since = next.state === 'live' ? this.#clock.now() : this.#heardAt
    this.#connection = { ...next, since }
    for (const listener of this.#listeners) listener()
  }
}
