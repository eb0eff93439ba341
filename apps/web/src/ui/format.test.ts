import { expect, test } from 'vitest'
import {
  formatBytes,
  formatClock,
  formatCost,
  formatDuration,
  formatRelative,
  plural,
} from './format.ts'

const now = Date.parse('2026-06-15T12:00:00Z')
const before = (seconds: number) =>
  formatRelative(new Date(now - seconds * 1000).toISOString(), now)

test('an age is told in its largest fitting unit', () => {
  expect(before(3)).toBe('now')
  expect(before(240)).toBe('4m ago')
  expect(before(3 * 3600)).toBe('3h ago')
  expect(before(26 * 3600)).toBe('yesterday')
})

test('after ten days the date stands, with its year only when that is another one', () => {
  expect(before(30 * 86_400)).toBe('May 16')
  expect(before(400 * 86_400)).toMatch(/, 2025$/)
})

test('a clock that is ahead by seconds makes nothing happen in the future', () => {
  expect(before(-30)).toBe('now')
  expect(before(-6 * 86_400)).toBe('in 6d')
})

test('durations drop what is zero', () => {
  expect(formatDuration(840)).toBe('840 ms')
  expect(formatDuration(8200)).toBe('8.2 s')
  expect(formatDuration(245_000)).toBe('4 min 05 s')
  expect(formatDuration(600_000)).toBe('10 min')
  expect(formatDuration(7_800_000)).toBe('2 h 10 min')
})

test('small costs keep enough digits to be told from nothing', () => {
  expect(formatCost(0)).toBe('$0.00')
  expect(formatCost(50)).toBe('< $0.0001')
  expect(formatCost(41_200)).toBe('$0.0412')
  expect(formatCost(12_345_678)).toBe('$12.35')
})

test('bytes and counts carry their units', () => {
  expect(formatBytes(999)).toBe('999 B')
  expect(formatBytes(12_400)).toBe('12.4 kB')
  expect(plural(1, 'file')).toBe('1 file')
  expect(plural(1200, 'repository', 'repositories')).toBe('1,200 repositories')
})

test('the time in a log line is that of the reader, as the exact time beside it is', () => {
  const at = new Date(2026, 5, 15, 9, 4, 7, 42)
  expect(formatClock(at.toISOString())).toBe('09:04:07.042')
})
