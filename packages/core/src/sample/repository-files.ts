/**
 * The files of the sample repository: a small library without dependencies, with a real bug
 * (shares are rounded down, so cents are lost) in two places and tests that show it.
 * Its tests print no durations and no absolute paths, so that they say the same everywhere.
 */

const agents = `# Fair Share: notes for agents

- Plain JavaScript modules, no dependencies, no build. Keep it so.
- Money is always an integer number of cents. Never use fractions of a cent.
- Run the tests with \`npm test\`. They need nothing but Node.
- Source is in \`src\`, tests are in \`test\`. Do not change a test to make it pass.
`

const readme = `# Fair Share

Splits bills without losing a cent.

    import { splitEvenly, splitByWeight } from './src/split.js'

    splitEvenly(1000, 4)          // [250, 250, 250, 250]
    splitByWeight(1000, [3, 1])   // [750, 250]

Amounts are integer cents. The shares of a bill always add up to the bill.
`

const packageJson = `{
  "name": "fair-share",
  "version": "1.0.0",
  "private": true,
  "description": "Splits bills without losing a cent",
  "type": "module",
  "scripts": {
    "test": "node test/run.js"
  }
}
`

const money = `/** Formats cents as an amount, such as 1999 as "19.99". */
export function formatCents(cents) {
  const sign = cents < 0 ? '-' : ''
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return sign + digits.slice(0, -2) + '.' + digits.slice(-2)
}

/** Reads an amount such as "19.99" or "20" as cents. */
export function parseCents(text) {
  const match = /^(-?)(\\d+)(?:\\.(\\d{2}))?$/.exec(text.trim())
  if (!match) throw new Error('not an amount: ' + text)
  const cents = Number(match[2]) * 100 + Number(match[3] ?? '0')
  return match[1] === '-' ? -cents : cents
}
`

const split = `/**
 * Splits a bill among a number of people, as evenly as whole cents allow.
 * The shares add up to the bill and differ by at most one cent; larger shares come first.
 */
export function splitEvenly(totalCents, people) {
  if (!Number.isInteger(people) || people < 1) throw new Error('people must be 1 or more')
  return Array.from({ length: people }, () => Math.floor(totalCents / people))
}

/**
 * Splits a bill by weights, such as nights stayed.
 * The shares add up to the bill; cents that are left over go to the first people.
 */
export function splitByWeight(totalCents, weights) {
  const sum = weights.reduce((a, b) => a + b, 0)
  if (!(sum > 0)) throw new Error('weights must add up to more than 0')
  return weights.map((weight) => Math.floor((totalCents * weight) / sum))
}
`

const run = `import { moneyTests } from './money.js'
import { splitTests } from './split.js'

let passed = 0
const failed = []
for (const [name, test] of Object.entries({ ...moneyTests, ...splitTests })) {
  try {
    test()
    passed++
    console.log('ok    ' + name)
  } catch (error) {
    failed.push(name)
    console.log('FAIL  ' + name)
    console.log('      ' + error.message)
  }
}
console.log('')
console.log(passed + ' passed, ' + failed.length + ' failed')
process.exitCode = failed.length === 0 ? 0 : 1
`

const expect = `/** Fails with both values when they are not the same. */
export function expectSame(actual, expected) {
  const a = JSON.stringify(actual)
  const b = JSON.stringify(expected)
  if (a !== b) throw new Error('expected ' + b + ', got ' + a)
}
`

const moneyTests = `import { formatCents, parseCents } from '../src/money.js'
import { expectSame } from './expect.js'

export const moneyTests = {
  'formats cents as an amount': () => expectSame(formatCents(1999), '19.99'),
  'formats less than one unit': () => expectSame(formatCents(5), '0.05'),
  'reads what it formats': () => expectSame(parseCents(formatCents(-1050)), -1050),
}
`

const splitTests = `import { splitByWeight, splitEvenly } from '../src/split.js'
import { expectSame } from './expect.js'

export const splitTests = {
  'splits a bill that divides evenly': () => expectSame(splitEvenly(1000, 4), [250, 250, 250, 250]),
  'keeps the odd cent of an even split': () => expectSame(splitEvenly(1000, 3), [334, 333, 333]),
  'spreads several odd cents': () => expectSame(splitEvenly(1001, 3), [334, 334, 333]),
  'splits by weight': () => expectSame(splitByWeight(1000, [3, 1]), [750, 250]),
  'keeps the odd cents of a split by weight': () => expectSame(splitByWeight(1000, [1, 1, 1]), [334, 333, 333]),
  'keeps every cent with uneven weights': () => expectSame(splitByWeight(100, [1, 2, 4]), [15, 28, 57]),
}
`

/** Path and content of every file. */
export const sampleFiles: Readonly<Record<string, string>> = {
  '.gitignore': 'node_modules/\n',
  'AGENTS.md': agents,
  'README.md': readme,
  'package.json': packageJson,
  'src/money.js': money,
  'src/split.js': split,
  'test/expect.js': expect,
  'test/money.js': moneyTests,
  'test/run.js': run,
  'test/split.js': splitTests,
}
