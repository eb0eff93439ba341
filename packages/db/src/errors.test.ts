import { expect, test } from 'vitest'
import { SluiceError } from '@sluice/contract/errors'
import {
  findPgError,
  isDatabaseUnavailable,
  isTransientConflict,
  isUniqueViolation,
  mapDatabaseError,
} from './errors.ts'

const pgError = (code: string, fields: object = {}) =>
  Object.assign(new Error(`error ${code}`), { code, ...fields })
const wrapped = (cause: unknown) => new Error('Failed query: select 1', { cause })

test('the Postgres error is found below what wraps it', () => {
  expect(findPgError(wrapped(pgError('23505', { constraint: 'users_email_key' })))).toMatchObject({
    constraint: 'users_email_key',
  })
  expect(findPgError(wrapped(new Error('other')))).toBeUndefined()
  expect(isUniqueViolation(wrapped(pgError('23505', { constraint: 'a' })), 'a')).toBe(true)
  expect(isUniqueViolation(wrapped(pgError('23505', { constraint: 'a' })), 'b')).toBe(false)
  expect(isTransientConflict(wrapped(pgError('40P01')))).toBe(true)
})

test.each([
  [
    'a refused connection',
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  ],
  [
    'one of several addresses refused',
    new AggregateError(
      [Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })],
      '',
    ),
  ],
  ['a server that shuts down', pgError('57P01')],
  ['a server that starts', pgError('57P03')],
  ['a connection cut in the middle', new Error('Connection terminated unexpectedly')],
  ['a full pool', new Error('timeout exceeded when trying to connect')],
])('%s means that the database is unavailable', (_name, error) => {
  expect(isDatabaseUnavailable(wrapped(error))).toBe(true)
  expect(mapDatabaseError(wrapped(error))).toMatchObject({ code: 'database_unavailable' })
})

test.each([
  ['a missing file', Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })],
  ['a refused row', pgError('23505')],
  ['an expected failure', new SluiceError('not_found', 'no')],
])('%s stays what it is', (_name, error) => {
  expect(mapDatabaseError(error)).toBe(error)
})
