import { expect, test } from 'vitest'
import { capsOf, matchSequence, nameOfPress } from './shortcuts.logic.ts'

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
) => nameOfPress({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

test('a printable sign carries its own shift, a named key does not', () => {
  expect(press('?', { shiftKey: true })).toBe('?')
  expect(press('K', { shiftKey: true })).toBe('k')
  expect(press('Enter', { shiftKey: true })).toBe('shift+Enter')
})

test('control and command are one modifier', () => {
  expect(press('k', { ctrlKey: true })).toBe('mod+k')
  expect(press('k', { metaKey: true })).toBe('mod+k')
})

test('the key registered last wins', () => {
  expect(matchSequence(['a'], ['a', 'b', 'a'])).toEqual({ kind: 'hit', index: 2 })
})

test('the first key of a sequence waits for the second', () => {
  expect(matchSequence(['g'], ['g i', 'x'])).toEqual({ kind: 'prefix' })
  expect(matchSequence(['g', 'i'], ['g i', 'x'])).toEqual({ kind: 'hit', index: 0 })
  expect(matchSequence(['g', 'x'], ['g i', 'x'])).toEqual({ kind: 'none' })
})

test('caps are named for the machine', () => {
  expect(capsOf('mod+k', true)).toEqual([['⌘', 'K']])
  expect(capsOf('g i', false)).toEqual([['G'], ['I']])
})
