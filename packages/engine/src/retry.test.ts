import { expect, test } from 'vitest'
import { nextDelayMs } from './retry.ts'

const failure = (code = 'Error', permanent = false) => ({ code, message: '', permanent })

test('without a policy, and for a permanent failure, nothing is tried again', () => {
  expect(nextDelayMs(undefined, failure(), 1, 1)).toBeUndefined()
  expect(nextDelayMs({ maxAttempts: 9 }, failure('x', true), 1, 1)).toBeUndefined()
})

test('the wait grows by its factor up to its limit, until the attempts are used up', () => {
  const policy = { maxAttempts: 5, initialDelayMs: 100, factor: 3, maxDelayMs: 800 }
  expect([1, 2, 3, 4, 5].map((failures) => nextDelayMs(policy, failure(), failures, 1))).toEqual([
    100,
    300,
    800,
    800,
    undefined,
  ])
})

test('chance takes at most half of the wait away', () => {
  expect(nextDelayMs({ maxAttempts: 2, initialDelayMs: 100 }, failure(), 1, 0)).toBe(50)
})

test('a reason with a policy of its own goes by that, and one marked false gives up', () => {
  const policy = {
    maxAttempts: 2,
    initialDelayMs: 10,
    byReason: { rate_limited: { maxAttempts: 8, initialDelayMs: 1_000 }, bad_key: false as const },
  }
  expect(nextDelayMs(policy, failure('rate_limited'), 3, 1)).toBe(4_000)
  expect(nextDelayMs(policy, failure('bad_key'), 1, 1)).toBeUndefined()
  expect(nextDelayMs(policy, failure('other'), 1, 1)).toBe(10)
  expect(nextDelayMs(policy, failure('toString'), 1, 1)).toBe(10)
})
