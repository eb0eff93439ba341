import { expect, test } from 'vitest'
import { cutAt, findLines } from './output-find.logic.ts'

test('lines are found in either case, and an empty search finds nothing', () => {
  expect(findLines(['Error: a', 'ok', 'no error'], 'ERROR')).toEqual([0, 2])
  expect(findLines(['a'], '')).toEqual([])
})

test('a text is cut at every place of the query', () => {
  expect(cutAt('aXbxc', 'x').map((piece) => [piece.text, piece.isHit])).toEqual([
    ['a', false],
    ['X', true],
    ['b', false],
    ['x', true],
    ['c', false],
  ])
  expect(cutAt('abc', 'z')).toEqual([{ text: 'abc', isHit: false }])
})
