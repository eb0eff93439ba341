import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayPath, joinNul, pathFromBytes, pathToBytes, splitNul } from './path-text.ts'

test('any bytes survive being turned into text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = pathFromBytes(bytes)
      expect([...pathToBytes(text)]).toEqual([...bytes])
      // Valid Unicode, so JSON and Postgres take it.
      expect(text.isWellFormed()).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('ordinary names are themselves', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(pathFromBytes(Buffer.from(text))).toBe(text)
    }),
  )
})

test('a real name that holds the code points used for escapes survives as well', () => {
  const name = Buffer.from('a\u{10FFFE}\u{10FF80}b')
  const text = pathFromBytes(name)
  expect(pathToBytes(text).equals(name)).toBe(true)
  // Distinct from the raw byte that the code point stands for.
  expect(text).not.toBe(pathFromBytes(Buffer.of(0x61, 0xfe, 0x80, 0x62)))
})

test('bytes that are no text are shown as replacement characters', () => {
  expect(displayPath(pathFromBytes(Buffer.of(0x61, 0xff, 0x62)))).toBe('a\uFFFDb')
})

test('NUL lists are split and joined', () => {
  const paths = ['a', 'b c', pathFromBytes(Buffer.of(0xff))]
  expect(splitNul(joinNul(paths)).map((field) => pathFromBytes(field))).toEqual(paths)
  expect(splitNul(Buffer.alloc(0))).toEqual([])
})
