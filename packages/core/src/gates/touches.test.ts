import { expect, test } from 'vitest'
import { findTouchedGates } from './touches.ts'

const tests = { name: 'Tests', command: 'npm test' }
const lint = { name: 'Lint', command: 'npx --no-install eslint .' }

test('a change of source alone touches no gate', () => {
  expect(findTouchedGates([tests, lint], ['src/price.js', 'README.md'])).toEqual([])
})

test('tests, scripts and configuration are named with the gate that runs them', () => {
  expect(findTouchedGates([tests, lint], ['test/price.test.js'])).toEqual([
    { gate: 'Tests', path: 'test/price.test.js', reason: 'a test that it runs' },
  ])
  expect(findTouchedGates([tests], ['package.json'])).toHaveLength(1)
  expect(findTouchedGates([lint], ['eslint.config.js'])).toHaveLength(1)
})

test('a script that the command names is found with and without a leading ./', () => {
  expect(
    findTouchedGates([{ name: 'Own', command: 'sh ./scripts/verify.sh' }], ['scripts/verify.sh']),
  ).toHaveLength(1)
})

test("one tool's configuration does not concern another tool's gate", () => {
  expect(findTouchedGates([lint], ['tsconfig.json'])).toEqual([])
})
