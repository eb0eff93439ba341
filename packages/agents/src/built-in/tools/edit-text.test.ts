import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ToolError } from '../tool.ts'
import { applyEdit, lineChange } from './edit-text.ts'

const edit = (oldText: string, newText: string, replaceAll = false) => ({
  oldText,
  newText,
  replaceAll,
})

test('replaces the one place', () => {
  expect(applyEdit('a\nb\nc\n', edit('b', 'B'), false)).toEqual({
    text: 'a\nB\nc\n',
    replacements: 1,
  })
})

test('replacement patterns of regular expressions mean nothing', () => {
  expect(applyEdit('x = 1', edit('1', "$&$'$1"), false).text).toBe("x = $&$'$1")
})

test.each([
  ['', 'x', /old_text is empty/],
  ['b', 'b', /are the same/],
  ['a', 'x', /occurs 2 times/],
  ['zzz', 'x', /None of its lines is there/],
  [
    '  b c',
    'x',
    /Its first line is at line 2, so the whitespace or a later line differs: "\\tb  c"/,
  ],
])('%j to %j is refused with a reason the model can act on', (oldText, newText, message) => {
  const run = () => applyEdit('a\n\tb  c\na\nb\n', edit(oldText, newText), false)
  expect(run).toThrow(ToolError)
  expect(run).toThrow(message)
})

test('all places are replaced when asked', () => {
  expect(applyEdit('a a a', edit('a', 'b', true), false)).toEqual({
    text: 'b b b',
    replacements: 3,
  })
})

test('a file with CRLF keeps its line ends when quoted with LF', () => {
  expect(applyEdit('one\r\ntwo\r\nthree\r\n', edit('one\ntwo', '1\n2'), false).text).toBe(
    '1\r\n2\r\nthree\r\n',
  )
})

test('an edit that is run again after a crash is recognised: the same file, nothing doubled', () => {
  const word = fc.stringMatching(/^[ab]{0,4}$/)
  fc.assert(
    fc.property(
      word,
      word,
      word,
      word,
      fc.boolean(),
      (before, oldText, newText, after, replaceAll) => {
        const text = `${before}|${oldText}|${after}`
        let first
        try {
          first = applyEdit(text, edit(oldText, newText, replaceAll), false)
        } catch (error) {
          fc.pre(!(error instanceof ToolError))
          throw error
        }
        // Where the result still holds the old text outside of the new one, the world cannot
        // tell the two apart; a real edit quotes enough for that not to happen.
        fc.pre(!first.text.split(newText || '\0').some((between) => between.includes(oldText)))
        expect(applyEdit(first.text, edit(oldText, newText, replaceAll), true)).toEqual({
          text: first.text,
          replacements: 0,
        })
      },
    ),
    { numRuns: 500 },
  )
})

test('an edit that was not applied before the crash is applied', () => {
  expect(applyEdit('let a = 1\n', edit('let a = 1\n', 'let a = 1\nlet b = 2\n'), true).text).toBe(
    'let a = 1\nlet b = 2\n',
  )
  expect(applyEdit('keep drop keep', edit(' drop', ''), true).text).toBe('keep keep')
})

test.each([
  ['', 'a\nb\n', 2, 0],
  ['a\nb\nc\n', 'a\nX\nc\n', 1, 1],
  ['a\nb\n', 'a\n', 0, 1],
  ['a\n', 'a\n', 0, 0],
  ['a\na\n', 'a\na\na\n', 1, 0],
])('%j to %j counts +%i −%i', (before, after, added, removed) => {
  expect(lineChange(before, after)).toEqual({ added, removed })
})
