import { expect, test } from 'vitest'
import { ago, cost, duration, fit, lastLines, oneLine, plain, shortId, visible } from './text.ts'

test('in a review nothing is hidden: what a terminal would act on is named', () => {
  expect(visible('a\u001b[2Kb\rc')).toBe('a<U+001B>[2Kb<U+000D>c')
  expect(visible('if (x \u202e}{ y')).toBe('if (x <U+202E>}{ y')
  expect(visible('\u009b31m')).toBe('<U+009B>31m')
  expect(visible('tab\tline\nend\r\n')).toBe('tab\tline\nend\n')
})

test('in running text colours and cursor movements are left out', () => {
  expect(plain('\u001b[31mred\u001b[0m and \u001b]0;title\u0007plain')).toBe('red and plain')
  expect(plain('a\u0000b\u0008c\u202ed')).toBe('abcd')
  expect(oneLine('  a\n\tb\u001b[1m c ')).toBe('a b c')
})

test('text is cut by characters, not by halves of them', () => {
  expect(fit('👍👍👍', 2)).toBe('👍…')
  expect(fit('abc', 3)).toBe('abc')
  expect(fit('abc', 0)).toBe('abc')
})

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [8_249, '8.2 s'],
  [125_000, '2 min 5 s'],
  [119_900, '2 min 0 s'],
])('%i ms read as %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test.each([
  [null, 'cost not known'],
  [0, '$0.00'],
  [1_234, '$0.0012'],
  [2_500_000, '$2.50'],
])('%s micro-dollars read as %s', (micros, text) => {
  expect(cost(micros)).toBe(text)
})

test('ages, ids and ends of output are short', () => {
  const now = Date.parse('2026-01-02T00:00:00Z')
  expect(ago('2026-01-01T23:59:30Z', now)).toBe('just now')
  expect(ago('2026-01-01T23:10:00Z', now)).toBe('50 min ago')
  expect(ago('2025-12-31T00:00:00Z', now)).toBe('2 days ago')
  expect(shortId('tsk_01a1f91b78fa7957979aefe1c2263e82')).toBe('tsk_01a1f91b78fa')
  expect(lastLines('a\nb\nc\n\n', 2)).toEqual(['b', 'c'])
})
