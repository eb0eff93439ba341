import fc from 'fast-check'
import { expect, test } from 'vitest'
import { branchNameFor } from './branch-name.ts'
import { isBranchName } from './refs.ts'

test('any title gives a valid branch name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (title) => {
      expect(isBranchName(branchNameFor(title))).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['Fix the login page', 'sluice/fix-the-login-page'],
  ['--force; rm -rf /', 'sluice/force-rm-rf'],
  ['Über größe', 'sluice/uber-gro-e'],
  ['日本語', 'sluice/task'],
  ['ends with .lock', 'sluice/ends-with-lock'],
  [`${'x'.repeat(47)} y`, `sluice/${'x'.repeat(47)}`],
])('%j becomes %s', (title, name) => {
  expect(branchNameFor(title)).toBe(name)
})

test('a taken name gets a counter, also when it differs by case or is a folder of another', () => {
  expect(branchNameFor('a', { existing: ['sluice/a'] })).toBe('sluice/a-2')
  expect(branchNameFor('a', { existing: ['SLUICE/A', 'sluice/a-2'] })).toBe('sluice/a-3')
  expect(branchNameFor('a', { existing: ['sluice/a/b'] })).toBe('sluice/a-2')
  expect(branchNameFor('a', { existing: ['sluice'] })).toBe('sluice-a')
  expect(branchNameFor('a', { prefix: 'x/', existing: ['sluice/a'] })).toBe('x/a')
})
