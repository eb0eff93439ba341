import type { FileChange } from '@sluice/contract/review'
import { expect, test } from 'vitest'
import { readPatch } from './read-patch.ts'

const file = (change: Partial<FileChange> = {}): FileChange => ({
  path: 'src/a b.ts',
  oldPath: null,
  status: 'modified',
  oldMode: '100644',
  newMode: '100644',
  additions: 2,
  deletions: 2,
  isBinary: false,
  oldSizeBytes: 1,
  newSizeBytes: 1,
  ...change,
})
const hunks = '@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n@@ -9,2 +9,2 @@ part\n nine\n-ten\n+zehn\n'
const head = 'diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n'

test('every hunk is read, with a head and without one', () => {
  for (const patch of [hunks, head + hunks]) {
    const diff = readPatch(patch, file(), 'k')
    expect(diff?.hunks.map((hunk) => hunk.additionStart)).toEqual([1, 9])
    expect(diff?.additionLines.join('')).toBe('one\nzwei\nnine\nzehn\n')
  }
})

test('the name is the one of the list, whatever signs it holds', () => {
  expect(readPatch(hunks, file(), 'k')).toMatchObject({ name: 'src/a b.ts', type: 'change' })
  expect(
    readPatch(hunks, file({ status: 'renamed', oldPath: 'old "name".ts' }), 'k'),
  ).toMatchObject({
    name: 'src/a b.ts',
    prevName: 'old "name".ts',
    type: 'rename-changed',
  })
})

test('a new and a deleted file are known as such', () => {
  expect(
    readPatch('@@ -0,0 +1 @@\n+a\n', file({ status: 'added', oldMode: null }), 'k')?.type,
  ).toBe('new')
  expect(
    readPatch('@@ -1 +0,0 @@\n-a\n', file({ status: 'deleted', newMode: null }), 'k')?.type,
  ).toBe('deleted')
})

test('without a hunk there is nothing to show', () => {
  expect(readPatch('', file(), 'k')).toBeNull()
  expect(readPatch(head, file(), 'k')).toBeNull()
})

test('a removed line that looks like a hunk stays a line', () => {
  const diff = readPatch('@@ -1,2 +1,1 @@\n-@@ x\n one\n', file(), 'k')
  expect(diff?.hunks).toHaveLength(1)
  expect(diff?.deletionLines[0]).toBe('@@ x\n')
})
