/** Sends an agent's events in order, with streamed text in batches. */
import type { AgentEvent } from '../agent.ts'

/** Between two batches of streamed text; what comes after a longer silence is not held back. */
const batchMs = 40
/** A batch larger than this goes at once. */
const batchChars = 16_000

/**
 * Keeps the order of events and joins streamed pieces of the same kind: the log gets a row
 * per batch, never one per token. The first failure to emit is thrown by `drain`.
 */
export class Emitter {
  readonly #emit: (event: AgentEvent) => void | Promise<void>
  #pending: { key: string; text: string; make: (text: string) => AgentEvent } | undefined
  #timer: NodeJS.Timeout | undefined
  #sentAtMs = -Infinity
  #tail: Promise<void> = Promise.resolve()

  constructor(emit: (event: AgentEvent) => void | Promise<void>) {
    this.#emit = emit
  }

  send(event: AgentEvent): void {
    this.#flush()
    this.#enqueue(event)
  }

  /** Adds a streamed piece; pieces with the same key in a row are joined. */
  stream(key: string, text: string, make: (text: string) => AgentEvent): void {
    if (text === '') return
    if (this.#pending?.key !== key) this.#flush()
    if (this.#pending === undefined) {
      this.#pending = { key, text, make }
      const waitMs = this.#sentAtMs + batchMs - performance.now()
      if (waitMs <= 0) this.#flush()
      else this.#timer = setTimeout(() => this.#flush(), waitMs)
    } else this.#pending.text += text
    if (this.#pending && this.#pending.text.length >= batchChars) this.#flush()
  }

  /** Waits until everything is handed over. @throws what `emit` threw */
  async drain(): Promise<void> {
    this.#flush()
    await this.#tail
  }

  #flush(): void {
    clearTimeout(this.#timer)
    const pending = this.#pending
    this.#pending = undefined
    if (pending === undefined) return
    this.#sentAtMs = performance.now()
    this.#enqueue(pending.make(pending.text))
  }

  #enqueue(event: AgentEvent): void {
    this.#tail = this.#tail.then(() => this.#emit(event))
    // Marks the rejection as seen for now; `drain` throws it.
    this.#tail.catch(() => undefined)
  }
}
