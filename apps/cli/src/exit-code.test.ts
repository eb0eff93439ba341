import { ApiError } from '@sluice/sdk/api-error'
import { expect, test } from 'vitest'
import { exitCodeOfTask, failureOf, notFoundError } from './exit-code.ts'

const landing = { problem: null }

test.each([
  ['completed', 0],
  ['waiting_approval', 5],
  ['qa_failed', 5],
  ['rejected', 5],
  ['interrupted', 5],
  ['cancelled', 1],
  ['failed', 1],
  ['approved', 0],
  ['running', 0],
] as const)('a task that ends as %s ends the command with %i', (status, code) => {
  expect(exitCodeOfTask({ status, failure: null, landing })).toBe(code)
})

test('a commit that did not happen or did not arrive is a failure', () => {
  const failure = { code: 'commit_failed', message: 'no room' } as const
  expect(exitCodeOfTask({ status: 'approved', failure, landing })).toBe(1)
  expect(
    exitCodeOfTask({ status: 'completed', failure: null, landing: { problem: 'refused' } }),
  ).toBe(1)
})

test.each([
  ['invalid_input', 2],
  ['unauthenticated', 3],
  ['forbidden', 3],
  ['not_found', 4],
  ['unreachable', 6],
  ['timed_out', 6],
  ['database_unavailable', 6],
  ['shutting_down', 6],
  ['wrong_state', 1],
  ['internal', 1],
] as const)('the error %s of the server ends the command with %i', (code, exit) => {
  const error = new ApiError(code, { message: 'said', data: { a: 1 } })
  expect(failureOf(error)).toEqual({ code, message: 'said', details: { a: 1 }, exitCode: exit })
})

test('own failures and surprises have a code too', () => {
  expect(failureOf(notFoundError('gone'))).toEqual({
    code: 'not_found',
    message: 'gone',
    exitCode: 4,
  })
  expect(failureOf(new TypeError('oops'))).toEqual({
    code: 'internal',
    message: 'oops',
    exitCode: 1,
  })
  expect(failureOf('text')).toMatchObject({ code: 'internal', message: 'text' })
})
