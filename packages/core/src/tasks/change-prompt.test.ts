import { expect, test } from 'vitest'
import { changePrompt } from './change-prompt.ts'

test('each comment stands with its file, lines and text', () => {
  const comment = {
    path: 'src/a.ts',
    side: 'new' as const,
    startLine: 3,
    endLine: 4,
    hunk: 'a\nb',
    body: 'Why twice?',
  }
  expect(changePrompt('Nearly.', [comment])).toBe(
    'The reviewer asks for changes to what you did.\n\nNearly.\n\nsrc/a.ts, lines 3 to 4:\n> a\n> b\n\nWhy twice?',
  )
})

test('a comment on removed lines says so', () => {
  const comment = {
    path: 'a',
    side: 'old' as const,
    startLine: 1,
    endLine: 1,
    hunk: 'x',
    body: 'Keep it',
  }
  expect(changePrompt('', [comment])).toContain('a, line 1, as it was before your change:')
})
