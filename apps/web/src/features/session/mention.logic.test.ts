import { expect, test } from 'vitest'
import { completeMention, mentionAt } from './mention.logic.ts'

test('a mention begins a word and reaches to the cursor', () => {
  expect(mentionAt('look at @src/a', 14)).toEqual({ start: 8, query: 'src/a' })
  expect(mentionAt('@', 1)).toEqual({ start: 0, query: '' })
  expect(mentionAt('(@a', 3)).toEqual({ start: 1, query: 'a' })
})

test('an address or a finished word is none', () => {
  expect(mentionAt('me@example.com', 14)).toBeNull()
  expect(mentionAt('@src/a done', 11)).toBeNull()
})

test('completing replaces what was typed and leaves a space behind it', () => {
  const text = 'see @sr and'
  const mention = mentionAt(text, 7)
  expect(mention).not.toBeNull()
  expect(completeMention(text, mention!, 'src/a.ts')).toEqual({
    text: 'see @src/a.ts and',
    cursor: 14,
  })
  expect(completeMention('@a', mentionAt('@a', 2)!, 'b.ts')).toEqual({ text: '@b.ts ', cursor: 6 })
})
