import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandOutput } from './command-output.ts'

describe('CommandOutput', () => {
  it('gives a listener whole characters in every way of cutting the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(12)), (text, cuts) => {
        const bytes = Buffer.from(text)
        let heard = ''
        const output = new CommandOutput({ onOutput: (chunk) => (heard += chunk.text) })
        let at = 0
        for (const cut of cuts) {
          output.push('stdout', bytes.subarray(at, at + cut))
          at += cut
        }
        output.push('stdout', bytes.subarray(at))
        output.end()
        expect(heard).toBe(bytes.toString('utf8'))
        expect(output.text()).toEqual({ output: bytes.toString('utf8'), truncated: false })
      }),
    )
  })

  it('keeps head and tail, cuts no character, and counts every missing byte', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'ä', '€', '😀'), { minLength: 30, maxLength: 300 }),
        fc.integer({ min: 8, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (letters, limit, size) => {
          const bytes = Buffer.from(letters.join(''))
          const output = new CommandOutput({ maxOutputBytes: limit })
          for (let at = 0; at < bytes.length; at += size)
            output.push('stderr', bytes.subarray(at, at + size))
          const { output: text, truncated } = output.text()
          if (bytes.length <= limit) {
            expect(text).toBe(bytes.toString())
            return
          }
          expect(truncated).toBe(true)
          const [, head = '', missing = '', tail = ''] =
            /^([^\n]*)\n\[… (\d+) bytes left out …\]\n([^\n]*)$/.exec(text) ?? []
          expect(text).not.toContain('\ufffd')
          expect(bytes.toString().startsWith(head) && bytes.toString().endsWith(tail)).toBe(true)
          expect(Buffer.byteLength(head) + Number(missing) + Buffer.byteLength(tail)).toBe(
            bytes.length,
          )
          expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeGreaterThan(limit - 8)
        },
      ),
    )
  })

  it('does not mix the pieces of two streams into one character', () => {
    const chunks: string[] = []
    const output = new CommandOutput({
      onOutput: ({ stream, text }) => chunks.push(`${stream}:${text}`),
    })
    const euro = Buffer.from('€')
    output.push('stdout', euro.subarray(0, 1))
    output.push('stderr', Buffer.from('x'))
    output.push('stdout', euro.subarray(1))
    expect(chunks).toEqual(['stderr:x', 'stdout:€'])
  })

  it('stops streaming at its limit with one note', () => {
    const chunks: string[] = []
    const output = new CommandOutput({
      maxStreamedBytes: 10,
      onOutput: ({ text }) => chunks.push(text),
    })
    for (let index = 0; index < 5; index += 1) output.push('stdout', Buffer.from('12345'))
    output.end()
    expect(chunks.slice(0, 2)).toEqual(['12345', '12345'])
    expect(chunks).toHaveLength(3)
    expect(output.totalBytes).toBe(25)
  })
})
