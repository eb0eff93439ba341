import { expect, test } from 'vitest'
import { createPaint } from './paint.ts'
import { table } from './table.ts'

const paint = createPaint(false)
const rows = [
  ['a', 'one\ntwo'],
  ['longer', 'x'.repeat(30)],
]

test('columns line up, and a cell stays on its line', () => {
  expect(table(['ID', 'TEXT'], rows, { width: 0, paint })).toBe(
    `ID      TEXT\na       one two\nlonger  ${'x'.repeat(30)}\n`,
  )
})

test('a terminal’s width cuts, a pipe’s does not', () => {
  const lines = table(['ID', 'TEXT'], rows, { width: 12, paint }).split('\n')
  expect(lines[2]).toBe('longer  xxx…')
})

test('a cell cannot act on the terminal', () => {
  expect(table(['T'], [['\u001b[2Jgone']], { width: 0, paint })).toBe('T\ngone\n')
})
