import type * as wire from '@sluice/contract/live'
import type { LiveMessage, LiveRequest } from '@sluice/contract/live'
import { backoffMs } from './backoff.ts'
import type { LiveClock, LiveSocket } from './live-types.ts'

// Held to the contract's by their types: importing the values would draw all its schemas into a page.
const deadAfterMs: typeof wire.deadAfterMs = 15_000
const closeGoingAway: typeof wire.closeGoingAway = 1001
const closeUnauthenticated: typeof wire.closeUnauthenticated = 4001

/** Longest time from opening a socket to its `open`. */
const OPEN_WITHIN_MS = 10_000

interface LinkEvents {
  onOpen(): void
  onMessage(message: LiveMessage): void
  /** Something was heard at all. */
  onBytes(): void
  /** The connection is gone or could not be made; another try follows unless `isFinal`. */
  onDown(down: { failedTries: number; isFinal: boolean }): void
}

/**
 * One socket at a time to one address, opened again for as long as it is wanted: with growing
 * jittered pauses, at once where the server said that it goes away, never where the
 * credentials ended. Silence for `deadAfterMs` counts as a loss. It knows no streams.
 */
export class SocketLink {
  readonly #open: () => LiveSocket
  readonly #clock: LiveClock
  readonly #events: LinkEvents
  #socket: LiveSocket | undefined
  #isOpen = false
  #isWanted = false
  #heardAt = 0
  /** Tries in a row that did not lead to a socket that said something. */
  #failedTries = 0
  #watch: unknown
  #retry: unknown

  constructor(deps: { open: () => LiveSocket; clock: LiveClock; events: LinkEvents }) {
    this.#open = deps.open
    this.#clock = deps.clock
    this.#events = deps.events
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  start(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#failedTries = 0
    this.#try()
  }

  stop(): void {
    this.#isWanted = false
    this.#clock.clearTimer(this.#retry)
    this.#drop(1000)
  }

  /** Tries at once in place of waiting; a socket that has been silent for too long is given up. */
  wake(): void {
    if (!this.#isWanted) return
    if (this.#socket === undefined) {
      this.#clock.clearTimer(this.#retry)
      this.#try()
    } else if (this.#isOpen && this.#clock.now() - this.#heardAt > deadAfterMs) {
      this.fail()
    }
  }

  send(request: LiveRequest): void {
    if (!this.#isOpen) return
    try {
      this.#socket?.send(JSON.stringify(request))
    } catch {
      // A socket that closes between two events throws here; its close is on the way and is what counts.
      this.fail()
    }
  }

  /** Gives the present socket up as broken and goes on to the next try. */
  fail(): void {
    if (this.#socket === undefined) return
    this.#drop(4000)
    this.#down(0)
  }

  #try(): void {
    let socket: LiveSocket
    try {
      socket = this.#open()
    } catch {
      this.#down(0)
      return
    }
    this.#socket = socket
    this.#heardAt = this.#clock.now()
    this.#watch = this.#clock.setTimer(() => this.fail(), OPEN_WITHIN_MS)
    socket.onopen = () => {
      this.#isOpen = true
      this.#hear()
      this.#watchSilence()
      this.#events.onOpen()
    }
    socket.onmessage = (event) => {
      this.#failedTries = 0
      this.#hear()
      const message = parse(event.data)
      if (message === undefined) this.fail()
      else this.#events.onMessage(message)
    }
    // Every error is followed by a close, which says more.
    socket.onerror = () => undefined
    socket.onclose = (event) => {
      this.#forget()
      this.#down(event.code)
    }
  }

  #hear(): void {
    this.#heardAt = this.#clock.now()
    this.#events.onBytes()
  }

  /** One timer that is set again to what is left, in place of one per message. */
  #watchSilence(): void {
    this.#clock.clearTimer(this.#watch)
    const left = deadAfterMs - (this.#clock.now() - this.#heardAt)
    if (left < 0) this.fail()
    else this.#watch = this.#clock.setTimer(() => this.#watchSilence(), left + 1)
  }

  #down(code: number): void {
    if (!this.#isWanted) return
    const isFinal = code === closeUnauthenticated
    const tries = this.#failedTries++
    if (isFinal) this.#isWanted = false
    else {
      // A server that keeps saying 1001 without a word between is not restarting but broken.
      const pause =
        code === closeGoingAway && tries === 0 ? 0 : backoffMs(tries, this.#clock.random())
      this.#retry = this.#clock.setTimer(() => this.#try(), pause)
    }
    this.#events.onDown({ failedTries: tries, isFinal })
  }

  #drop(code: number): void {
    const socket = this.#socket
    this.#forget()
    try {
      socket?.close(code)
    } catch {
      // Closing a socket that never opened throws in some implementations; it is forgotten either way.
    }
  }

  #forget(): void {
    this.#clock.clearTimer(this.#watch)
    if (this.#socket !== undefined) {
      this.#socket.onopen = null
      this.#socket.onmessage = null
      this.#socket.onclose = null
      // An error of a socket that nobody waits for must not become an unhandled one.
      this.#socket.onerror = () => undefined
    }
    this.#socket = undefined
    this.#isOpen = false
  }
}

function parse(data: unknown): LiveMessage | undefined {
  try {
    const message = JSON.parse(String(data)) as LiveMessage
    return typeof message === 'object' && message !== null && typeof message.type === 'string'
      ? message
      : undefined
  } catch {
    return undefined
  }
}
