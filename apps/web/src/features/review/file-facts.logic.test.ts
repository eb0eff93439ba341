import type { FileChange } from '@sluice/contract/review'
import { expect, test } from 'vitest'
import { isImage, modeChange, whyNoLines } from './file-facts.logic.ts'

const file = (change: Partial<FileChange>): FileChange => ({
  path: 'a',
  oldPath: null,
  status: 'modified',
  oldMode: '100644',
  newMode: '100644',
  additions: 0,
  deletions: 0,
  isBinary: false,
  oldSizeBytes: null,
  newSizeBytes: null,
  ...change,
})

test('a change of mode is said in words, the appearing of a file is none', () => {
  expect(modeChange(file({ newMode: '100755' }))).toBe('plain file → executable')
  expect(modeChange(file({}))).toBeNull()
  expect(modeChange(file({ oldMode: '000000' }))).toBeNull()
  expect(modeChange(file({ oldMode: null }))).toBeNull()
})

test('a file without lines says why', () => {
  expect(whyNoLines(file({ isBinary: true }))).toBe('Binary file')
  expect(whyNoLines(file({ status: 'renamed' }))).toBe('Renamed, content unchanged')
  expect(whyNoLines(file({ newMode: '100755' }))).toBe('Mode changed: plain file → executable')
  expect(whyNoLines(file({ status: 'added' }))).toBe('Empty file')
  expect(whyNoLines(file({ additions: 1 }))).toBeNull()
})

test('images are told by their ending', () => {
  expect(isImage('a/B.PNG')).toBe(true)
  expect(isImage('png.ts')).toBe(false)
})
