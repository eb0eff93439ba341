/**
 * Frames of the file helper's pipe: 4 bytes header length, 4 bytes body length (big endian), header as JSON, body as it is.
 * Imports nothing, for it runs on both sides of the sandbox wall.
 */

export interface Frame {
  header: unknown
  body: Buffer
}

/** One frame as bytes. */
export function encodeFrame(header: object, body: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(text.length, 0)
  lengths.writeUInt32BE(body.length, 4)
  return Buffer.concat([lengths, text, body])
}

/** Collects chunks and gives the frames that they complete. Chunks are joined once a frame is whole, not one by one. */
export class FrameReader {
  #chunks: Buffer[] = []
  #held = 0
  #needed = 8

  /** @throws SyntaxError where a header is not JSON */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#needed) return []
    let bytes = Buffer.concat(this.#chunks)
    const frames: Frame[] = []
    this.#needed = 8
    while (bytes.length >= 8) {
      const headerEnd = 8 + bytes.readUInt32BE(0)
      const end = headerEnd + bytes.readUInt32BE(4)
      if (bytes.length < end) {
        this.#needed = end
        break
      }
      frames.push({
        header: JSON.parse(bytes.toString('utf8', 8, headerEnd)),
        body: bytes.subarray(headerEnd, end),
      })
      bytes = bytes.subarray(end)
    }
    this.#chunks = [bytes]
    this.#held = bytes.length
    return frames
  }
}
