import type { Repository } from '@sluice/contract/repository'
import { expect, test } from 'vitest'
import { aheadBehind, moved, statusOfRepository } from './repositories.logic.ts'

const status = (changes: Partial<NonNullable<Repository['status']>>): Repository['status'] => ({
  readAt: '2026-01-01T00:00:00Z',
  branch: 'main',
  head: { sha: 'a', subject: 's', author: 'A', at: '2026-01-01T00:00:00Z' },
  isClean: true,
  changedFiles: 0,
  upstream: null,
  ahead: null,
  behind: null,
  operation: 'none',
  isBare: false,
  remotes: [],
  ...changes,
})

test('a merge in progress is told before the changed files that it brings', () => {
  const mark = statusOfRepository({
    state: 'ready',
    status: status({ operation: 'merge', isClean: false, changedFiles: 4 }),
  })
  expect(mark.label).toBe('In a merge')
})

test('a missing repository is missing whatever was read of it before', () => {
  expect(statusOfRepository({ state: 'missing', status: status({}) }).label).toBe('Missing')
})

test('ahead and behind are left out where nothing differs', () => {
  expect(aheadBehind(status({ ahead: 0, behind: 0 }))).toBe('')
  expect(aheadBehind(status({ ahead: 2, behind: 1 }))).toBe('↑2 ↓1')
})

test('a row moves to its new place and nothing moves over an end', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(['a', 'b'], 1, 2)).toEqual(['a', 'b'])
})
