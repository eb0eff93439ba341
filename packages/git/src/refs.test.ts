import { expect, test } from 'vitest'
import { GitError } from './errors.ts'
import { branchRef, hiddenRef, isBranchName, isOid, requireOid, requireRevision } from './refs.ts'

test.each(['main', 'feature/x', 'a-b', 'ünï', "quo'te", 'with"quote', 'a@b'])(
  '%j is a branch name',
  (name) => {
    expect(isBranchName(name)).toBe(true)
    expect(branchRef(name)).toBe(`refs/heads/${name}`)
  },
)

test.each([
  '',
  '-x',
  '--upload-pack=evil',
  'a b',
  'a\nb',
  'a..b',
  'a:b',
  'a~1',
  'a^',
  '.a',
  'a/.b',
  'a.lock',
  'a/',
  '/a',
  'a//b',
  '@',
  'HEAD',
  'a@{1}',
  'a\\b',
  'x'.repeat(300),
])('%j is refused with a code', (name) => {
  expect(() => branchRef(name)).toThrow(GitError)
  expect(() => hiddenRef(name)).toThrow(expect.objectContaining({ code: 'bad_name' }))
})

test('ids are 40 or 64 hex digits', () => {
  expect(isOid('a'.repeat(40))).toBe(true)
  expect(isOid('a'.repeat(64))).toBe(true)
  expect(isOid('A'.repeat(40))).toBe(false)
  expect(() => requireOid(`${'a'.repeat(40)}\n`)).toThrow(
    expect.objectContaining({ code: 'bad_ref' }),
  )
})

test.each(['HEAD', 'main~2', 'v1.0^{commit}', 'main@{1 day ago}', 'origin/main'])(
  '%j may be asked for',
  (ref) => {
    expect(requireRevision(ref)).toBe(ref)
  },
)

test.each(['', '--all', '-n1', 'a..b', 'HEAD:secret', 'a\nb'])('%j may not be asked for', (ref) => {
  expect(() => requireRevision(ref)).toThrow(expect.objectContaining({ code: 'bad_ref' }))
})
