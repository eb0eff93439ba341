import { expect, test } from 'vitest'
import { isAtRest } from './follow.ts'

const facts = { detail: '', failure: null }
const failure = { code: 'commit_failed', message: 'x' } as const

test.each([
  'waiting_approval',
  'qa_failed',
  'completed',
  'cancelled',
  'interrupted',
  'failed',
] as const)('a task that is %s does not go on by itself', (status) => {
  expect(isAtRest({ ...facts, status })).toBe(true)
})

test.each(['pending', 'pre_flight', 'running', 'waiting_qa', 'qa_running', 'approved'] as const)(
  'a task that is %s goes on by itself',
  (status) => {
    expect(isAtRest({ ...facts, status })).toBe(false)
  },
)

test('a rejection has ended once the files are back, an approval when its commit failed', () => {
  expect(isAtRest({ ...facts, status: 'rejected', detail: 'Putting the files back' })).toBe(false)
  expect(isAtRest({ ...facts, status: 'rejected' })).toBe(true)
  expect(isAtRest({ ...facts, status: 'approved', failure })).toBe(true)
})
