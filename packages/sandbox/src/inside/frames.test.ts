import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeFrame, FrameReader } from './frames.ts'

it('gives back every frame in every way of cutting the bytes', () => {
  const frame = fc.record({
    header: fc.record({ id: fc.nat(), path: fc.string() }),
    body: fc.uint8Array({ maxLength: 50 }),
  })
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (frames, size) => {
        const bytes = Buffer.concat(frames.map(({ header, body }) => encodeFrame(header, body)))
        const reader = new FrameReader()
        const read = []
        for (let at = 0; at < bytes.length; at += size)
          read.push(...reader.push(bytes.subarray(at, at + size)))
        expect(read.map(({ header, body }) => ({ header, body: [...body] }))).toEqual(
          frames.map(({ header, body }) => ({ header, body: [...body] })),
        )
      },
    ),
  )
})
