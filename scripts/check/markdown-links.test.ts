import { expect, test } from 'vitest'
import { anchorOf, brokenLinks } from './markdown-links.ts'

const files: Record<string, string> = {
  'README.md': '# Sluice\n',
  'docs/a.md': '# A page\n\n## Packages, and what may import what\n',
}
const broken = (path: string, text: string): string[] =>
  brokenLinks(path, text, (name) => files[name]).map(({ line, message }) => `${line}: ${message}`)

test('follows links from where the file is', () => {
  expect(broken('docs/b.md', '[a](a.md), [up](../README.md), [out](https://example.org)')).toEqual(
    [],
  )
})

test('finds a link to a file that is not there', () => {
  expect(broken('docs/b.md', 'fine\n[gone](gone.md)')).toEqual([
    '2: links to gone.md, which is not there',
  ])
})

test('finds a link to a heading that is not there', () => {
  const heading = 'packages-and-what-may-import-what'
  expect(broken('docs/b.md', `[a](a.md#${heading}) [b](a.md#other)`)).toEqual([
    '1: links to a.md#other, which has no such heading',
  ])
  expect(broken('docs/b.md', '# Here\n[own](#here)')).toEqual([])
})

test('leaves code alone', () => {
  expect(broken('docs/b.md', '```\n[x](gone.md)\n```')).toEqual([])
})

test('makes anchors as hosts do', () => {
  expect(anchorOf('Is it any good?')).toBe('is-it-any-good')
})
