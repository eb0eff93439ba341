import { expect, test } from 'vitest'
import { readKept, refusalOf, storedOf, type Given } from './attachments.logic.ts'

const stored = (id: string): Given => ({
  key: id,
  name: `${id}.png`,
  state: 'stored',
  attachment: { id: id as never, name: `${id}.png`, contentType: 'image/png', sizeBytes: 3 },
})

test('what is too many, too large or empty is refused before it is sent', () => {
  expect(refusalOf({ size: 10 }, [])).toBeUndefined()
  expect(refusalOf({ size: 0 }, [])).toContain('empty')
  expect(refusalOf({ size: 9_000_000 }, [])).toContain('9.0 MB is too large')
  const ten = Array.from({ length: 10 }, (_, index) => stored(`att_${index}`))
  expect(refusalOf({ size: 10 }, ten)).toContain('At most 10')
  const refused: Given = { key: 'x', name: 'x', state: 'refused', problem: 'no' }
  expect(refusalOf({ size: 10 }, [...ten.slice(1), refused])).toBeUndefined()
})

test('a draft brings back what was stored, and nothing else', () => {
  const given = [stored('att_1'), { key: 'y', name: 'y', state: 'sending' as const }]
  expect(readKept(JSON.stringify(storedOf(given)))).toEqual([stored('att_1')])
  expect(readKept('{"no":"list"}')).toEqual([])
  expect(readKept('not json')).toEqual([])
  expect(readKept(null)).toEqual([])
})
