import { expect, test } from 'vitest'
import { figureTable, percentile, withRatio } from './figure.ts'

test('the ratio is to the peer, else to the floor, else there is none', () => {
  const figure = { name: 'discover', unit: 'ms', value: 300 }
  expect(withRatio({ ...figure, peer: 'find', peerValue: 100, floor: 50 }).ratio).toBe(3)
  expect(withRatio({ ...figure, floor: 50 }).ratio).toBe(6)
  expect(withRatio(figure)).not.toHaveProperty('ratio')
})

test('a ratio that was given is kept', () => {
  expect(withRatio({ name: 'a', unit: 'req/s', value: 10, peerValue: 5, ratio: 7 }).ratio).toBe(7)
})

test('percentiles are values that were measured', () => {
  const samples = [5, 1, 4, 2, 3]
  expect(percentile(samples, 0.5)).toBe(3)
  expect(percentile(samples, 0.99)).toBe(5)
  expect(percentile(samples, 0)).toBe(1)
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})

test('the table shows each figure with what it is compared with', () => {
  const table = figureTable([
    { name: 'discover 2,000', unit: 'ms', value: 312.4, peer: 'find', peerValue: 156.2, ratio: 2 },
    { name: 'idle memory', unit: 'MB', value: 240 },
  ])
  expect(table.split('\n')).toEqual([
    'figure          value  unit  compared with  its value  ratio',
    'discover 2,000    312  ms    find                 156  2.00×',
    'idle memory       240  MB',
  ])
})
