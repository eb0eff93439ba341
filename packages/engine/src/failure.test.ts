import { DrizzleQueryError } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { SluiceError } from '@sluice/contract/errors'
import { PermanentError, RunCancelled, RunTimedOut, StepFailed } from './errors.ts'
import { describeFailure, endingOf } from './failure.ts'

test('the code of a failure is the error’s own, else its name', () => {
  expect(describeFailure(Object.assign(new Error('m'), { code: 'ECONNRESET' }))).toEqual({
    code: 'ECONNRESET',
    message: 'm',
    permanent: false,
  })
  expect(describeFailure(new TypeError('m'))).toMatchObject({ code: 'TypeError' })
  expect(describeFailure('just text')).toEqual({
    code: 'Error',
    message: 'just text',
    permanent: false,
  })
})

test('a statement that failed is told without its values', () => {
  const cause = Object.assign(new Error('deadlock detected'), { code: '40P01' })
  expect(
    describeFailure(new DrizzleQueryError('update a set b = $1', ['a secret'], cause)),
  ).toEqual({ code: '40P01', message: 'A statement failed: deadlock detected', permanent: false })
})

test('a declared error is final, a database that is away is not', () => {
  expect(describeFailure(new SluiceError('limit_reached', 'm')).permanent).toBe(true)
  expect(describeFailure(new SluiceError('database_unavailable', 'm')).permanent).toBe(false)
  expect(describeFailure(new PermanentError('x', 'm'))).toMatchObject({
    code: 'x',
    permanent: true,
  })
})

test('what cannot be stored is cut or left out', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const described = describeFailure(
    Object.assign(new Error(`a\u0000${'x'.repeat(9_000)}`), { details: cycle }),
  )
  expect(described.message.startsWith('a\uFFFDx')).toBe(true)
  expect(described.message.length).toBe(4_001)
  expect(described.details).toBeUndefined()
})

test('a run ends by what stopped it', () => {
  expect(endingOf(new RunCancelled('why'))).toMatchObject({
    status: 'cancelled',
    failure: { code: 'cancelled', message: 'why' },
  })
  expect(endingOf(new RunTimedOut('late'))).toMatchObject({
    status: 'failed',
    failure: { code: 'timed_out' },
  })
  expect(endingOf(new Error('defect'))).toMatchObject({ status: 'dead', position: null })
  const failure = { code: 'c', message: 'm', permanent: false }
  expect(endingOf(new StepFailed('s', 4, failure))).toMatchObject({
    status: 'dead',
    position: 4,
    failure: { code: 'c' },
  })
  expect(endingOf(new StepFailed('s', 4, { ...failure, permanent: true }))).toMatchObject({
    status: 'failed',
    position: 4,
  })
})
