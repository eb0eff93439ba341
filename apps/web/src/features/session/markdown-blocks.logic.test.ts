import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitBlocks } from './markdown-blocks.logic.ts'

test('paragraphs are blocks', () => {
  expect(splitBlocks('one\n\ntwo\nstill two\n\n# three')).toEqual([
    'one\n\n',
    'two\nstill two\n\n',
    '# three',
  ])
})

test('a fence is one block, blank lines and all, and so is one that is still open', () => {
  expect(splitBlocks('```ts\na\n\nb\n```\n\nafter')).toEqual(['```ts\na\n\nb\n```\n\n', 'after'])
  expect(splitBlocks('~~~\na\n\n```\n\nb')).toEqual(['~~~\na\n\n```\n\nb'])
})

test('a loose list stays whole', () => {
  expect(splitBlocks('- a\n\n- b\n\n  more b\n\nend')).toEqual([
    '- a\n\n- b\n\n  more b\n\n',
    'end',
  ])
})

test('the blocks are the text', () => {
  const line = fc.constantFrom('', 'a', '- b', '```', '  c', '# d', '~~~~', '| x |')
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(splitBlocks(lines.join('\n')).join('')).toBe(lines.join('\n'))
    }),
  )
})

test('a growing text changes its last block only', () => {
  const whole = 'one\n\n```\ncode\n\nmore\n```\n\nlast words here'
  for (let length = 1; length < whole.length; length++) {
    const before = splitBlocks(whole.slice(0, length)).slice(0, -1)
    const after = splitBlocks(whole.slice(0, length + 1))
    expect(after.slice(0, before.length)).toEqual(before)
  }
})
