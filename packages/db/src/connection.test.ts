import { expect, test } from 'vitest'
import { connectionConfig, describeUrl } from './connection.ts'

const config = (url: string) =>
  connectionConfig({ url, role: 'sluice_app', applicationName: 'test' })

test('the role is asked for at the start of every connection', () => {
  expect(config('postgres://u:p@h/db').options).toContain('-c role=sluice_app')
})

test("the URL's own options are kept and cannot take ours away", () => {
  const { connectionString, options } = config(
    'postgres://u:p@h/db?options=-c%20search_path%3Dx&sslmode=require',
  )
  expect(connectionString).toBe('postgres://u:p@h/db?sslmode=require')
  expect(options).toMatch(/^-c search_path=x -c role=sluice_app /)
})

test('a URL of a unix socket, which is not a valid web address, passes', () => {
  expect(config('postgres://u:p@/db?host=/run/postgresql').connectionString).toBe(
    'postgres://u:p@/db?host=%2Frun%2Fpostgresql',
  )
})

test('a URL is shown without its password', () => {
  expect(describeUrl('postgres://u:secret@h:5/db')).toBe('postgres://u:***@h:5/db')
  expect(describeUrl('postgres://h/db?user=u&password=secret&x=1')).toBe(
    'postgres://h/db?user=u&password=***&x=1',
  )
})
