import type { UsageSum } from '@sluice/contract/usage'
import { formatCost, formatCount } from '../../ui/format.ts'

/** Ranges that a person thinks in; each ends today. */
export const usageRanges = [
  { id: '7d', label: 'Last 7 days', days: 7 },
  { id: '30d', label: 'Last 30 days', days: 30 },
  { id: '90d', label: 'Last 90 days', days: 90 },
  { id: '365d', label: 'Last 365 days', days: 365 },
] as const
export type UsageRange = (typeof usageRanges)[number]['id']

/** What the chart's bars stand for. */
export const measures = [
  { id: 'cost', label: 'Cost' },
  { id: 'tokens', label: 'Tokens' },
] as const
export type Measure = (typeof measures)[number]['id']

/** The first and the last day of a range where the person is, as `2026-11-25`. */
export function daysOf(
  range: UsageRange,
  nowMs: number,
  timeZone: string,
): { from: string; to: string } {
  // This locale writes the year first.
  const write = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const { days } = usageRanges.find(({ id }) => id === range)!
  const to = write.format(nowMs)
  // Counted in days of the calendar: a day may have 23 or 25 hours.
  const from = new Date(Date.parse(to) - (days - 1) * 86_400_000).toISOString().slice(0, 10)
  return { from, to }
}

/** A sum as money; where some calls have no price, what is known is a lower bound. */
export function costOf({ costMicros, callsWithoutPrice, calls }: UsageSum): string {
  if (calls > 0 && callsWithoutPrice === calls) return 'no price'
  return callsWithoutPrice > 0 ? `≥ ${formatCost(costMicros)}` : formatCost(costMicros)
}

/** `12.4 k`, `3.1 M`: tokens are many, and their last digits tell nothing. */
export function formatTokens(count: number): string {
  if (count < 10_000) return formatCount(count)
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 100_000 ? 1 : 0)} k`
  return `${(count / 1_000_000).toFixed(count < 100_000_000 ? 1 : 0)} M`
}

/** How far a budget is spent, from 0 to 1; undefined where none is set. */
export function budgetShare(limitMicros: number, spentMicros: number): number | undefined {
  return limitMicros === 0 ? undefined : Math.min(1, spentMicros / limitMicros)
}

/** From here on the page warns. */
export const budgetWarning = 0.8

interface Row extends UsageSum {
  day: string
}

/** The days as a table for other programs (RFC 4180). */
export function toCsv(days: readonly Row[]): string {
  const lines = days.map((day) =>
    [
      day.day,
      day.calls,
      day.inputTokens,
      day.outputTokens,
      (day.costMicros / 1_000_000).toFixed(6),
      day.callsWithoutPrice,
    ].join(','),
  )
  const header = 'day,calls,input_tokens,output_tokens,cost_usd,calls_without_price'
  return [header, ...lines, ''].join('\r\n')
}
