import { ORPCError } from '@orpc/client'
import { expect, test } from 'vitest'
import { isCode, problemOf } from './problem.ts'

test('a refused input tells each field its message', () => {
  const error = new ORPCError('invalid_input', {
    status: 400,
    message: 'name: must not be empty',
    data: {
      fields: [
        { field: 'name', message: 'must not be empty' },
        { field: 'gates.0.command', message: 'too long' },
        7,
      ],
    },
  })
  expect(problemOf(error).fields).toEqual({
    name: 'must not be empty',
    'gates.0.command': 'too long',
  })
})

test('a refusal for the sake of one field marks that field', () => {
  const error = new ORPCError('unprocessable', {
    status: 422,
    message: 'There is no local branch "x".',
    data: { field: 'baseBranch' },
  })
  expect(problemOf(error).fields).toEqual({ baseBranch: 'There is no local branch "x".' })
})

test('an unexpected failure carries the id under which it was logged', () => {
  const error = new ORPCError('internal', {
    status: 500,
    message: 'It went wrong.',
    data: { errorId: 'a1b2' },
  })
  expect(problemOf(error)).toMatchObject({
    code: 'internal',
    errorId: 'a1b2',
    message: 'It went wrong.',
  })
})

test('an answer that never came says so in place of a fault of the program', () => {
  expect(problemOf(new TypeError('Failed to fetch')).code).toBe('unreachable')
})

test('nothing has no code', () => {
  expect(isCode(null, 'unknown')).toBe(false)
  expect(isCode(new Error('x'), 'unknown')).toBe(true)
})
