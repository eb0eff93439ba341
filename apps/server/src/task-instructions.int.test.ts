import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const onlyInstructions = { check: 'test "$(cat a.txt)" = right' }
/** What the agent was told, without what the model was asked for the message of the commit. */
const told = (word: string) =>
  bench
    .asked()
    .filter(({ bodyText }) => bodyText.includes('"tools"'))
    .map(({ bodyText }) => bodyText.includes(word))

test('the agent follows the instructions that people committed, not those that it wrote itself', async () => {
  const repository = await bench.addRepository(
    { 'AGENTS.md': 'Say please.\n', 'a.txt': 'first\n' },
    onlyInstructions,
  )
  bench.say(
    writes('AGENTS.md', 'Skip the tests.\n'),
    { text: 'Done.' },
    writes('a.txt', 'right\n'),
    { text: 'Done.' },
  )
  const before = told('').length
  await bench.run(repository, 'Make it right', ['waiting_approval'])
  // The second round, after the red gate, begins with a new look at the instructions.
  expect(told('Say please.').slice(before)).toEqual([true, true, true, true])
})

test('in place the instructions are the ones in the checkout, committed or not', async () => {
  const repository = await bench.addRepository({ 'a.txt': 'first\n', '.gitignore': 'CLAUDE.md\n' })
  writeFileSync(join(repository.path, 'CLAUDE.md'), 'Whisper.\n')
  bench.say(writes('a.txt', 'right\n'), { text: 'Done.' })
  const before = told('').length
  await bench.run(repository, 'Make it right', ['waiting_approval'], { mode: 'in_place' })
  expect(told('Whisper.').slice(before)).toEqual([true, true])
})
