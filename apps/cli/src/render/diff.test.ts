import type { FileChange } from '@sluice/contract/review'
import { expect, test } from 'vitest'
import { colouredPatch, filePatch, quotedPath } from './diff.ts'
import { createPaint } from './paint.ts'

const file = (given: Partial<FileChange>): FileChange => ({
  path: 'a.txt',
  oldPath: null,
  status: 'modified',
  oldMode: '100644',
  newMode: '100644',
  additions: 1,
  deletions: 1,
  isBinary: false,
  oldSizeBytes: 1,
  newSizeBytes: 1,
  ...given,
})
const hunk = { patch: '@@ -1 +1 @@\n-a\n+b\n', isTooLarge: false }

test('a changed file has the header of git', () => {
  expect(filePatch(file({}), hunk)).toBe(
    'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n',
  )
})

test('new, deleted, moved, binary and mode-only changes say so', () => {
  expect(filePatch(file({ status: 'added', oldMode: null, newMode: '100755' }), hunk)).toContain(
    'new file mode 100755\n--- /dev/null\n+++ b/a.txt\n',
  )
  expect(filePatch(file({ status: 'deleted', newMode: null }), hunk)).toContain(
    'deleted file mode 100644\n--- a/a.txt\n+++ /dev/null\n',
  )
  expect(filePatch(file({ status: 'renamed', oldPath: 'o' }), { ...hunk, patch: '' })).toBe(
    'diff --git a/o b/a.txt\nrename from o\nrename to a.txt\n',
  )
  expect(filePatch(file({ newMode: '100755' }), { ...hunk, patch: '' })).toBe(
    'diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n',
  )
  expect(filePatch(file({ isBinary: true }), { ...hunk, patch: '' })).toContain(
    'Binary files a/a.txt and b/a.txt differ\n',
  )
})

test('a path with quotes, line ends or control characters is quoted as git does', () => {
  expect(quotedPath('a b/ü.txt')).toBe('a b/ü.txt')
  expect(quotedPath('a"\\\n\u0001')).toBe('"a\\"\\\\\\n\\001"')
})

test('lines of a hunk are coloured by their count, not by what they look like', () => {
  const paint = {
    ...createPaint(false),
    bold: (text: string) => `H(${text})`,
    red: (text: string) => `R(${text})`,
    green: (text: string) => `G(${text})`,
    cyan: (text: string) => `C(${text})`,
  }
  const patch = '--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f\n--- gone\n+++ come\n same\n'
  expect(colouredPatch(patch, paint)).toBe(
    'H(--- a/x)\nH(+++ b/x)\nC(@@ -1,2 +1,2 @@ f)\nR(--- gone)\nG(+++ come)\n same\nH()',
  )
})

test('a change cannot hide anything from its reviewer', () => {
  expect(colouredPatch('@@ -1 +1 @@\n-a\n+b\u001b[2K\u202e\n', createPaint(false))).toContain(
    '+b<U+001B>[2K<U+202E>',
  )
})
