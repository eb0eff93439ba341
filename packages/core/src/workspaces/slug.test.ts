import { expect, test } from 'vitest'
import { toSlug } from './slug.ts'

test.each([
  ['Acme', 'acme'],
  ['  Größe & Maß  GmbH ', 'gro-e-ma-gmbh'],
  ['Café Zoë', 'cafe-zoe'],
  ['東京', 'workspace'],
  ['-- a -- b --', 'a-b'],
  ['x'.repeat(39) + ' y', 'x'.repeat(39)],
])('%j becomes %j', (name, slug) => {
  expect(toSlug(name)).toBe(slug)
})
