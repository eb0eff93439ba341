import { expect, test } from 'vitest'
import { budgetShare, costOf, daysOf, formatTokens, toCsv } from './usage.logic.ts'

const sum = {
  calls: 3,
  inputTokens: 1200,
  outputTokens: 30,
  costMicros: 2_500_000,
  callsWithoutPrice: 0,
  durationMs: 5000,
}

test('a range ends on the day that it is where the person is', () => {
  const now = Date.parse('2026-03-01T23:30:00Z')
  expect(daysOf('7d', now, 'UTC')).toEqual({ from: '2026-02-23', to: '2026-03-01' })
  expect(daysOf('7d', now, 'Europe/Vienna')).toEqual({ from: '2026-02-24', to: '2026-03-02' })
  expect(daysOf('365d', now, 'UTC').from).toBe('2025-03-02')
})

test('a day that has 23 hours counts as one', () => {
  const now = Date.parse('2026-03-29T10:00:00Z')
  expect(daysOf('7d', now, 'Europe/Vienna')).toEqual({ from: '2026-03-23', to: '2026-03-29' })
})

test('what has no price never looks free', () => {
  expect(costOf(sum)).toBe('$2.50')
  expect(costOf({ ...sum, callsWithoutPrice: 1 })).toBe('≥ $2.50')
  expect(costOf({ ...sum, costMicros: 0, callsWithoutPrice: 3 })).toBe('no price')
  expect(costOf({ ...sum, calls: 0, costMicros: 0 })).toBe('$0.00')
})

test('tokens are told in three digits or so', () => {
  expect(formatTokens(980)).toBe('980')
  expect(formatTokens(12_340)).toBe('12.3 k')
  expect(formatTokens(123_400)).toBe('123 k')
  expect(formatTokens(3_140_000)).toBe('3.1 M')
})

test('a budget that is overspent is full, and none is none', () => {
  expect(budgetShare(0, 100)).toBeUndefined()
  expect(budgetShare(1000, 250)).toBe(0.25)
  expect(budgetShare(1000, 2500)).toBe(1)
})

test('the days go out as a table', () => {
  expect(toCsv([{ day: '2026-03-01', ...sum }])).toBe(
    'day,calls,input_tokens,output_tokens,cost_usd,calls_without_price\r\n2026-03-01,3,1200,30,2.500000,0\r\n',
  )
})
