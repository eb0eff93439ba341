import { expect, test } from 'vitest'
import { plainName, recognise } from './recognise.ts'

test('images are told by their bytes, texts by being text, and everything else is neither', () => {
  expect(recognise(Buffer.from('89504e470d0a1a0a00', 'hex'))).toBe('image/png')
  expect(recognise(Buffer.from('ffd8ffe000', 'hex'))).toBe('image/jpeg')
  expect(recognise(Buffer.from('GIF89a....'))).toBe('image/gif')
  expect(recognise(Buffer.from('RIFF0000WEBPVP8 '))).toBe('image/webp')
  expect(recognise(Buffer.from('grüß dich\n'))).toBe('text/plain; charset=utf-8')
  // A page or a drawing with a script in it is text to us, and served as text.
  expect(recognise(Buffer.from('<svg onload="alert(1)"/>'))).toBe('text/plain; charset=utf-8')
  expect(recognise(Buffer.from('PK\u0003\u0004\u0000'))).toBeUndefined()
  expect(recognise(Buffer.from([0xff, 0xfe, 0x41]))).toBeUndefined()
  expect(recognise(Buffer.alloc(300 * 1024, 'a'))).toBeUndefined()
})

test('a name is a name: no folders, no control characters, no turned direction', () => {
  expect(plainName('../../etc/passwd')).toBe('passwd')
  expect(plainName('C:\\Users\\a\\shot.png')).toBe('shot.png')
  expect(plainName('a\u202egnp.exe\n')).toBe('a gnp.exe')
  expect(plainName('..')).toBe('attachment')
  expect(plainName('///')).toBe('attachment')
  expect(plainName(`${'x'.repeat(300)}.png`)).toHaveLength(200)
})
