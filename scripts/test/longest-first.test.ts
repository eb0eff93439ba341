import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { longest } from './longest-first.ts'

test('names files that are there, each once', () => {
  const root = join(import.meta.dirname, '../..')
  expect(longest.filter((name) => !existsSync(join(root, name)))).toEqual([])
  expect(new Set(longest).size).toBe(longest.length)
})
