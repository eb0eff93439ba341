import { expect, test } from 'vitest'
import { requireStorable } from './storable.ts'

test('any text that is whole can be kept', () => {
  expect(() =>
    requireStorable({ a: ['x', { b: 'ünï 💧\n\t\u0007' }], c: 1, d: null, e: true, f: undefined }),
  ).not.toThrow()
})

test.each([
  ['a NUL', { list: [{ text: 'a\0b' }] }, 'list.0.text'],
  ['half of a character', { text: 'x\ud83d' }, 'text'],
  ['the other half', { text: '\udca7x' }, 'text'],
  ['a NUL in a name', { 'a\0': 1 }, ''],
])('%s is refused with its field', (_name, input, field) => {
  expect(() => requireStorable(input)).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      details: { fields: [expect.objectContaining({ field })] },
    }),
  )
})
