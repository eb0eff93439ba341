/** Writes a command's whole output to a host file up to a cap, and says when the writer must wait. */
import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'

export class OutputFile {
  readonly #stream: WriteStream
  #left: number
  #failure: Error | undefined
  #draining: Promise<void> | undefined

  constructor(path: string, maxBytes: number) {
    this.#stream = createWriteStream(path, { flags: 'w', mode: 0o600 })
    this.#left = maxBytes
    this.#stream.on('error', (error) => {
      this.#failure = error
    })
  }

  /** Why the file is not whole, if writing failed (a full disk, a missing folder). */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Gives false when the caller should read no more until `drained`. */
  write(chunk: Buffer): boolean {
    if (this.#failure !== undefined || this.#left < 0) return true
    const part = chunk.subarray(0, this.#left)
    this.#left -= chunk.length
    if (this.#left >= 0) return this.#stream.write(part)
    this.#stream.write(part)
    return this.#stream.write(
      '\n[the rest of the output was dropped: the file has reached its limit]\n',
    )
  }

  /** Resolves when more can be written, or when nothing will ever be written again. */
  async drained(): Promise<void> {
    if (this.#failure !== undefined || !this.#stream.writableNeedDrain) return
    this.#draining ??= this.#untilDrained()
    await this.#draining
  }

  async #untilDrained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const go = () => resolve()
    this.#stream.once('drain', go).once('close', go)
    await promise
    this.#stream.off('drain', go).off('close', go)
    this.#draining = undefined
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return
    const closed = new Promise<void>((resolve) => this.#stream.once('close', () => resolve()))
    this.#stream.end()
    await closed
  }
}
