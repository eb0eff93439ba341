import { expect, test } from 'vitest'
import { findBrowser } from './browser.ts'

test('takes the named browser before a known one', () => {
  expect(findBrowser('/opt/chrome', () => true)).toEqual({ path: '/opt/chrome' })
})

test('takes a browser at a known path where none is named', () => {
  const exists = (path: string): boolean => path === '/usr/bin/google-chrome'
  expect(findBrowser('', exists)).toEqual({ path: '/usr/bin/google-chrome' })
})

test('says how to get a browser where there is none', () => {
  const found = findBrowser('', () => false)
  expect(found.path).toBeUndefined()
  expect(found).toHaveProperty('reason', expect.stringContaining('apt install chromium'))
})

test('does not quietly do without the browser that was named', () => {
  expect(() => findBrowser('/opt/gone', () => false)).toThrow('/opt/gone')
})
