import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSecretBox } from './secrets.ts'

const box = createSecretBox(randomBytes(32))

test('a sealed secret opens to what it was', () => {
  expect(box.open(box.seal('s3cret ✓', 'providers'), 'providers')).toBe('s3cret ✓')
})

test('two seals of one secret differ', () => {
  expect(box.seal('same', 'p')).not.toBe(box.seal('same', 'p'))
})

test('another key, another purpose and a changed text are refused with what to do', () => {
  const sealed = box.seal('s3cret', 'providers')
  expect(() => createSecretBox(randomBytes(32)).open(sealed, 'providers')).toThrow(
    /enter the secret again/,
  )
  expect(() => box.open(sealed, 'members')).toThrow(/enter the secret again/)
  expect(() => box.open(`${sealed.slice(0, -2)}AA`, 'providers')).toThrow(/enter the secret again/)
  expect(() => box.open('', 'providers')).toThrow(/enter the secret again/)
})
