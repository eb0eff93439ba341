/**
 * Keeps a command's output within bounds whatever it prints: the first and last part in memory, whole characters to the
 * listener, all of it (up to a cap) in a file.
 */
import { StringDecoder } from 'node:string_decoder'
import type { OutputChunk } from './sandbox.ts'

export const defaultOutputBytes = 128 * 1024
export const defaultStreamedBytes = 8 * 1024 * 1024
export const defaultOutputFileBytes = 64 * 1024 * 1024

type StreamName = OutputChunk['stream']

export interface CommandOutputOptions {
  maxOutputBytes?: number
  maxStreamedBytes?: number
  onOutput?: (chunk: OutputChunk) => void
}

/** Collects chunks in order of arrival. Memory stays at about `maxOutputBytes`, however much is printed. */
export class CommandOutput {
  #total = 0
  readonly #headLimit: number
  readonly #tailLimit: number
  readonly #head: Buffer[] = []
  #headBytes = 0
  #tail: Buffer[] = []
  #tailBytes = 0
  readonly #decoders: Record<StreamName, StringDecoder> = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
  }
  readonly #listener: ((chunk: OutputChunk) => void) | undefined
  #streamLeft: number

  constructor(options: CommandOutputOptions) {
    const limit = Math.max(0, options.maxOutputBytes ?? defaultOutputBytes)
    this.#headLimit = Math.ceil(limit / 2)
    this.#tailLimit = limit - this.#headLimit
    this.#listener = options.onOutput
    this.#streamLeft = options.maxStreamedBytes ?? defaultStreamedBytes
  }

  get totalBytes(): number {
    return this.#total
  }

  /** Takes one chunk as it came from the pipe. */
  push(stream: StreamName, chunk: Buffer): void {
    this.#total += chunk.length
    this.#keep(chunk)
    if (this.#listener === undefined || this.#streamLeft < 0) return
    this.#streamLeft -= chunk.length
    if (this.#streamLeft < 0) {
      this.#listener({
        stream,
        text: '\n[more output follows; it is kept, but no longer shown live]\n',
      })
      return
    }
    this.#tell(stream, this.#decoders[stream].write(chunk))
  }

  /** Gives what a stream's end leaves undecoded: a character cut off for good. */
  end(): void {
    if (this.#streamLeft < 0) return
    this.#tell('stdout', this.#decoders.stdout.end())
    this.#tell('stderr', this.#decoders.stderr.end())
  }

  /** The kept text; where bytes are missing, a line between head and tail says how many. */
  text(): { output: string; truncated: boolean } {
    const tail = lastBytes(Buffer.concat(this.#tail), this.#tailLimit)
    const head = Buffer.concat(this.#head)
    const missing = this.#total - head.length - tail.length
    if (missing <= 0)
      return { output: Buffer.concat([head, tail]).toString('utf8'), truncated: false }
    const from = trimEnd(head)
    const to = trimStart(tail)
    const left = this.#total - from.length - to.length
    return {
      output: `${from.toString('utf8')}\n[… ${left} bytes left out …]\n${to.toString('utf8')}`,
      truncated: true,
    }
  }

  #tell(stream: StreamName, text: string): void {
    if (text !== '') this.#listener?.({ stream, text })
  }

  #keep(chunk: Buffer): void {
    let rest = chunk
    if (this.#headBytes < this.#headLimit) {
      const part = rest.subarray(0, this.#headLimit - this.#headBytes)
      this.#head.push(Buffer.from(part))
      this.#headBytes += part.length
      rest = rest.subarray(part.length)
    }
    if (rest.length === 0 || this.#tailLimit === 0) return
    this.#tail.push(Buffer.from(lastBytes(rest, this.#tailLimit)))
    this.#tailBytes += this.#tail.at(-1)?.length ?? 0
    // Joined only now and then, so that a flood of small chunks costs little.
    if (this.#tailBytes > 2 * this.#tailLimit || this.#tail.length > 1024) {
      const joined = Buffer.from(lastBytes(Buffer.concat(this.#tail), this.#tailLimit))
      this.#tail = [joined]
      this.#tailBytes = joined.length
    }
  }
}

function lastBytes(bytes: Buffer, count: number): Buffer {
  return bytes.length <= count ? bytes : bytes.subarray(bytes.length - count)
}

/** Drops a character that is cut off at the end. */
function trimEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed <= back ? bytes : bytes.subarray(0, bytes.length - back)
    }
  }
  return bytes
}

/** Drops the rest of a character whose beginning is cut off. */
function trimStart(bytes: Buffer): Buffer {
  let start = 0
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start)
}
