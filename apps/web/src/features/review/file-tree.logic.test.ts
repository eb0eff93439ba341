import type { FileChange } from '@sluice/contract/review'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inTreeOrder, treeOf } from './file-tree.logic.ts'

const file = (path: string) => ({ path }) as FileChange
const linesOf = (paths: string[], closed?: Set<string>) =>
  treeOf(paths.map(file), closed).map(
    (node) => `${'  '.repeat(node.depth)}${node.name}${node.kind === 'folder' ? '/' : ''}`,
  )

test('folders stand before files, by name, numbers as numbers', () => {
  expect(linesOf(['b.ts', 'a/x10.ts', 'a/x9.ts', 'a.ts'])).toEqual([
    'a/',
    '  x9.ts',
    '  x10.ts',
    'a.ts',
    'b.ts',
  ])
})

test('a folder with one folder in it is one line with it', () => {
  expect(linesOf(['a/b/c/x.ts', 'a/b/c/y.ts', 'd/e.ts'])).toEqual([
    'a/b/c/',
    '  x.ts',
    '  y.ts',
    'd/',
    '  e.ts',
  ])
})

test('a closed folder hides what is in it', () => {
  expect(linesOf(['a/x.ts', 'b.ts'], new Set(['a']))).toEqual(['a/', 'b.ts'])
})

test('the scroll has every file once', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd1', 'd2', 'd10')
  const path = fc
    .array(name, { minLength: 1, maxLength: 5 })
    .map((parts) => `${parts.join('/')}.ts`)
  fc.assert(
    fc.property(fc.uniqueArray(path), (paths) => {
      expect(
        inTreeOrder(paths.map(file))
          .map((one) => one.path)
          .toSorted(),
      ).toEqual(paths.toSorted())
    }),
  )
})
