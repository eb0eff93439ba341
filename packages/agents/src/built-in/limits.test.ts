import { expect, test } from 'vitest'
import { defaultLimits } from '../agent.ts'
import { addCall, nothingSpent, reachedLimit } from './limits.ts'
import type { Spent } from './limits.ts'

const spent: Spent = {
  turns: 3,
  usage: { inputTokens: 900, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 },
  costMicros: 20_000,
  elapsedMs: 60_000,
}

test.each([
  [{ turns: 3 }, 'turn_limit', 'The limit of 3 model turns is reached.'],
  [{ tokens: 1000 }, 'token_limit', 'The limit of 1000 tokens is reached.'],
  [{ costMicros: 20_000 }, 'cost_limit', 'The limit of $0.02 is reached.'],
  [{ timeMs: 60_000 }, 'time_limit', 'The limit of 1 min 0 s of work is reached.'],
])('%o is reached as %s', (limit, code, message) => {
  expect(reachedLimit(spent, { ...defaultLimits, ...limit })).toEqual({
    reason: 'stopped',
    code,
    message,
  })
})

test('below every limit the work goes on', () => {
  expect(
    reachedLimit(spent, { turns: 4, tokens: 1001, timeMs: 60_001, costMicros: 20_001 }),
  ).toBeUndefined()
  expect(
    reachedLimit({ ...spent, costMicros: null }, { ...defaultLimits, costMicros: 1 }),
  ).toBeUndefined()
})

test('one call of unknown price makes the whole cost unknown, and stays so', () => {
  const call = { usage: spent.usage, costMicros: 5, elapsedMs: 1 }
  const once = addCall(nothingSpent, { ...call, costMicros: null }, true)
  expect(addCall(once, call, false)).toMatchObject({ turns: 1, costMicros: null, elapsedMs: 2 })
  expect(addCall(nothingSpent, call, false)).toMatchObject({ turns: 0, costMicros: 5 })
})
