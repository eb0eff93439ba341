import { expect, test } from 'vitest'
import { cutMiddle, plainText } from './cut-text.ts'

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`).join('\n')

test('a text that fits stays as it is', () => {
  expect(cutMiddle('short', 5)).toEqual({ text: 'short', isCut: false })
})

test('a long text keeps its beginning and its end, in whole lines, and says what is missing', () => {
  const { text, isCut } = cutMiddle(lines(1, 1000), 200)
  expect(isCut).toBe(true)
  expect(text.startsWith('line 1\nline 2\n')).toBe(true)
  expect(text.endsWith('\nline 999\nline 1000')).toBe(true)
  const [, missing] = /\n\[… (\d+) characters cut …\]\n/.exec(text) ?? []
  const kept = text.length - `\n[… ${missing} characters cut …]\n`.length
  expect(kept + Number(missing)).toBe(lines(1, 1000).length)
  expect(kept).toBeLessThanOrEqual(200)
})

test('a cut never leaves half of a character', () => {
  for (let size = 10; size < 30; size++)
    expect(cutMiddle('😀'.repeat(40), size).text.isWellFormed()).toBe(true)
})

test('colours, titles and overwritten progress are taken out', () => {
  expect(plainText('\u001B[31mred\u001B[0m \u001B]0;title\u0007ok\r\n10%\r50%\r100%\ndone')).toBe(
    'red ok\n100%\ndone',
  )
})
