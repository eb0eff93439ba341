import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAnsi, plainLine } from './ansi.logic.ts'

const esc = '\u001B'
const linesOf = (text: string) => parseAnsi(text).map(plainLine)

test('colours begin and end with their codes', () => {
  expect(parseAnsi(`a${esc}[31mred${esc}[0m b`)).toEqual([
    [
      { text: 'a', style: {} },
      { text: 'red', style: { color: 1 } },
      { text: ' b', style: {} },
    ],
  ])
})

test('a style lasts over line ends', () => {
  expect(parseAnsi(`${esc}[1;92mok\nstill`)).toEqual([
    [{ text: 'ok', style: { isBold: true, color: 10 } }],
    [{ text: 'still', style: { isBold: true, color: 10 } }],
  ])
})

test('palette and direct colours become hexadecimal ones', () => {
  expect(
    parseAnsi(`${esc}[38;5;196mx${esc}[48;2;1;2;3my${esc}[38;5;244mz`)[0]?.map((one) => one.style),
  ).toEqual([
    { color: '#ff0000' },
    { color: '#ff0000', background: '#010203' },
    { color: '#808080', background: '#010203' },
  ])
})

test('titles, links and cursor movements leave no trace', () => {
  expect(
    linesOf(`${esc}]0;title\u0007a${esc}[2Kb${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`),
  ).toEqual(['ablink'])
})

test('a progress line shows what it was last', () => {
  expect(linesOf('10 %\r50 %\r100 %\r\ndone\r\n')).toEqual(['100 %', 'done', ''])
})

test('text without escapes comes out as it went in', () => {
  // oxlint-disable-next-line no-control-regex -- the escape character is what is filtered
  const plain = fc.string().filter((text) => !/[\r\u001B]/.test(text))
  fc.assert(
    fc.property(plain, (text) => {
      expect(linesOf(text).join('\n')).toBe(text)
    }),
  )
})
