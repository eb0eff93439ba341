import { expect, test } from 'vitest'
import { findLines, linesAt } from './place.ts'

const text = 'one\ntwo\nthree\nfour'

test('a comment stays where its lines stay', () => {
  const hunk = linesAt(text, 2, 3)
  expect(hunk).toBe('two\nthree')
  expect(findLines(text, hunk, 2)).toBe(2)
})

test('a comment follows lines that moved', () => {
  expect(findLines(`zero\n${text}`, 'two\nthree', 2)).toBe(3)
})

test('a comment whose lines changed is stale', () => {
  expect(findLines('one\n2\nthree', 'two\nthree', 2)).toBeNull()
})

test('a comment is stale rather than guessed where its lines stand twice elsewhere', () => {
  expect(findLines('x\na\nb\na', 'a', 3)).toBeNull()
})
