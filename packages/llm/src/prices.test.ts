import { expect, test } from 'vitest'
import { costMicros, findPrice } from './prices.ts'

const usage = {
  inputTokens: 1_000_000,
  outputTokens: 100_000,
  cacheReadTokens: 600_000,
  cacheWriteTokens: 200_000,
}

test('cached tokens cost their own price and are not counted twice', () => {
  // claude-opus-5: 200k fresh at $5, 600k read at $0.50, 200k written at $6.25, 100k out at $25
  expect(costMicros('claude-opus-5', usage)).toBe(1_000_000 + 300_000 + 1_250_000 + 2_500_000)
})

test('a dated model id has the price of its name', () => {
  expect(findPrice('claude-haiku-4-5-20251001')).toEqual(findPrice('claude-haiku-4-5'))
  expect(findPrice('gpt-5-2025-08-07')).toEqual(findPrice('gpt-5'))
})

test('a model that is not known has no price, not a price of nothing', () => {
  expect(costMicros('some-new-model', usage)).toBeUndefined()
  expect(costMicros('constructor', usage)).toBeUndefined()
  expect(findPrice('gpt-5-nano-next')).toBeUndefined()
})

test('a local model and a recording cost nothing, but a vendor model behind a local gateway does', () => {
  expect(costMicros('llama3.3', usage, true)).toBe(0)
  expect(costMicros('recorded/sample', usage)).toBe(0)
  expect(costMicros('gpt-5', usage, true)).toBeGreaterThan(0)
})

test('a cost is a whole number of micro-dollars, rounded up', () => {
  const one = { inputTokens: 1, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
  expect(costMicros('gpt-5-nano', one)).toBe(1)
})

test('every price is a whole number of micro-dollars for a million tokens', () => {
  for (const id of [
    'claude-fable-5-1',
    'gpt-5.6-terra',
    'gpt-5-nano',
    'gpt-4o-mini',
    'claude-opus-4-1',
  ]) {
    for (const value of Object.values(findPrice(id) ?? {}))
      expect(Number.isInteger(value)).toBe(true)
  }
})
