import { expect, test } from 'vitest'
import { mountsBelow } from './remove-data.ts'
import { readyUrl } from './server-process.ts'
import { cookieOf } from './sign-in.ts'

test('the line that says ready is told from any other', () => {
  expect(readyUrl('{"ready":true,"url":"http://127.0.0.1:1"}')).toBe('http://127.0.0.1:1')
  for (const line of ['', '> sluice@0.1.0', '{"level":"info"}', '{"ready":true}', '{"ready":']) {
    expect(readyUrl(line)).toBeUndefined()
  }
})

test('cookies are sent back without their attributes', () => {
  expect(cookieOf(['s.token=a.b%3D; Path=/; HttpOnly', 'other=1; Max-Age=3'])).toBe(
    's.token=a.b%3D; other=1',
  )
  expect(cookieOf([])).toBe('')
})

test('mounts below a folder are found whatever their name, the innermost first', () => {
  const mountinfo = [
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '30 22 0:50 / /tmp/a\\040b/tree rw - overlay sluice rw',
    '31 30 0:51 / /tmp/a\\040b/tree/in rw - overlay sluice rw',
    '32 22 0:52 / /tmp/a\\040bc rw - tmpfs tmpfs rw',
    '',
  ].join('\n')
  expect(mountsBelow(mountinfo, '/tmp/a b')).toEqual(['/tmp/a b/tree/in', '/tmp/a b/tree'])
})
