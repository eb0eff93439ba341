import { expect, test } from 'vitest'
import { type TestOutcome, summarize } from './summary.ts'

const outcome = (state: TestOutcome['state'], reason?: string): TestOutcome => ({
  project: 'unit',
  file: 'a.test.ts',
  name: 'does a thing',
  state,
  ...(reason === undefined ? {} : { reason }),
})

test('ends with the totals over all projects', () => {
  const outcomes = [
    outcome('passed'),
    { ...outcome('passed'), project: 'int' },
    outcome('failed'),
    outcome('skipped', 'no browser is installed'),
  ]
  const { lines, passed } = summarize({ outcomes, errors: [] }, false)
  expect(lines.at(-1)).toBe('2 passed, 1 failed, 1 skipped')
  expect(passed).toBe(false)
})

test('names every skipped test under its reason', () => {
  const { lines, passed } = summarize(
    { outcomes: [outcome('passed'), outcome('skipped', 'no browser is installed')], errors: [] },
    false,
  )
  expect(lines).toEqual([
    'skipped, no browser is installed:',
    '  [unit] a.test.ts > does a thing',
    '1 passed, 0 failed, 1 skipped',
  ])
  expect(passed).toBe(true)
})

test('names failed tests last, with the reason, and only counts those beyond twenty', () => {
  const broken = outcome('failed', 'expected 404 to be 200')
  const { lines } = summarize(
    { outcomes: [outcome('skipped', 'no browser'), broken], errors: ['a hook failed'] },
    false,
  )
  expect(lines.slice(-3)).toEqual([
    'error outside of a test: a hook failed',
    'failed: [unit] a.test.ts > does a thing: expected 404 to be 200',
    '0 passed, 2 failed, 1 skipped',
  ])
  const many = summarize({ outcomes: Array.from({ length: 23 }, () => broken), errors: [] }, false)
  expect(many.lines).toHaveLength(22)
  expect(many.lines.at(-2)).toBe('failed: and 3 more')
})

test('fails where a test was skipped without a reason', () => {
  const { lines, passed } = summarize(
    { outcomes: [outcome('passed'), outcome('skipped')], errors: [] },
    false,
  )
  expect(lines).toContain('skipped, no reason given:')
  expect(passed).toBe(false)
})

test('lets the tests outside of a name filter be skipped silently', () => {
  const report = { outcomes: [outcome('passed'), outcome('skipped')], errors: [] }
  expect(summarize(report, true)).toEqual({
    lines: ['1 passed, 0 failed, 1 skipped'],
    passed: true,
  })
})

test('counts an error outside of a test as a failure', () => {
  const { lines, passed } = summarize(
    { outcomes: [outcome('passed')], errors: ['a.test.ts: cannot be loaded'] },
    false,
  )
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped')
  expect(passed).toBe(false)
})

test('counts what ended before a run was cut, and fails it', () => {
  const { lines, passed } = summarize(
    { outcomes: [outcome('passed')], errors: [], cut: 'the runner ended (SIGTERM)' },
    false,
  )
  expect(lines).toEqual([
    'error outside of a test: the runner ended (SIGTERM)',
    '1 passed, 1 failed, 0 skipped',
  ])
  expect(passed).toBe(false)
})

test('does not call an empty run passed', () => {
  const { lines, passed } = summarize({ outcomes: [], errors: [] }, false)
  expect(lines).toEqual(['no test ran', '0 passed, 0 failed, 0 skipped'])
  expect(passed).toBe(false)
})
