import { processFile } from '@pierre/diffs'
import type { Comment } from '@sluice/contract/review'
import { expect, test } from 'vitest'
import { changesOf, isShown, lineOf, rangeOf, rangeText } from './comments.logic.ts'

const patch = `diff --git a/a.ts b/a.ts
index 1111111..2222222 100644
--- a/a.ts
+++ b/a.ts
@@ -10,4 +10,5 @@
 one
-two
+zwei
+drei
 four
 five
@@ -30,3 +31,2 @@
 x
-y
 z
`
const diff = processFile(patch)!
const comment = (change: Partial<Comment>) =>
  ({
    side: 'new',
    startLine: 11,
    endLine: 11,
    currentLine: null,
    isStale: false,
    ...change,
  }) as Comment

test('the changed blocks of a file are found on the side that has lines', () => {
  expect(changesOf(diff)).toEqual([
    { side: 'new', startLine: 11, endLine: 12 },
    { side: 'old', startLine: 31, endLine: 31 },
  ])
})

test('a line outside of the patch is not shown, until the whole file is', () => {
  expect(isShown(diff, 'new', 12)).toBe(true)
  expect(isShown(diff, 'new', 20)).toBe(false)
  expect(isShown({ ...diff, isPartial: false }, 'new', 20)).toBe(true)
})

test('a comment stands at its lines, where they went, or above the file', () => {
  expect(lineOf(comment({}), diff)).toBe(11)
  expect(lineOf(comment({ startLine: 3, endLine: 4, currentLine: 11 }), diff)).toBe(12)
  expect(lineOf(comment({ isStale: true }), diff)).toBe(0)
  expect(lineOf(comment({ startLine: 200, endLine: 200 }), diff)).toBe(0)
})

test('a selection becomes lines of one side, whichever way it was drawn', () => {
  expect(rangeOf('a', { start: 9, side: 'additions', end: 4 })).toEqual({
    path: 'a',
    side: 'new',
    startLine: 4,
    endLine: 9,
  })
  expect(rangeOf('a', { start: 9, side: 'deletions', end: 4, endSide: 'additions' })).toEqual({
    path: 'a',
    side: 'new',
    startLine: 4,
    endLine: 4,
  })
})

test('lines are named in words', () => {
  expect(rangeText({ side: 'new', startLine: 4, endLine: 4 })).toBe('line 4')
  expect(rangeText({ side: 'old', startLine: 4, endLine: 9 })).toBe('lines 4–9 before the change')
})
