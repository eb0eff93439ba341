import { cpSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { calls, commitAll, git, openWorkbench, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** A package that the logger brings; its published files hold its tests, which need nothing but Node. */
const require = createRequire(import.meta.url)
const source = dirname(createRequire(require.resolve('pino')).resolve('process-warning'))

const asIs =
  '    if (a && b && c) {\n      formatted = format(message, a, b, c)\n    } else if (a && b) {\n      formatted = format(message, a, b)\n    } else if (a) {\n'
const tooWide =
  '    if (arguments.length >= 3) {\n      formatted = format(message, a, b, c)\n    } else if (arguments.length === 2) {\n      formatted = format(message, a, b)\n    } else if (arguments.length === 1) {\n'
const right =
  '    if (c !== undefined) {\n      formatted = format(message, a, b, c)\n    } else if (b !== undefined) {\n      formatted = format(message, a, b)\n    } else if (a !== undefined) {\n'
const newTest = `'use strict'

const { test } = require('node:test')
const { createWarning } = require('..')

test('a falsy argument is formatted too', t => {
  const warning = createWarning({ name: 'Count', code: 'COUNT', message: 'there are %d' })
  t.assert.deepStrictEqual(warning.format(0), 'there are 0')
})
`

test("a bug in a public package is mended under the package's own tests, and exactly the reviewed tree is committed", async () => {
  const { client } = bench
  const repository = await bench.addRepository(
    { '.gitignore': 'node_modules\n' },
    { test: 'node --test' },
  )
  cpSync(source, repository.path, {
    recursive: true,
    filter: (path) => !path.startsWith(join(source, 'node_modules')),
  })
  const base = commitAll(repository.path, 'process-warning as published')
  await client.repositories.refresh({ repositoryId: repository.id })
  expect(readFileSync(join(repository.path, 'index.js'), 'utf8')).toContain(asIs)
  bench.say(
    calls(
      ['write_file', { path: 'test/falsy.test.js', content: newTest }],
      ['edit_file', { path: 'index.js', old_text: asIs, new_text: tooWide }],
    ),
    { text: 'Done.' },
    calls(
      ['edit_file', { path: 'index.js', old_text: tooWide, new_text: right }],
      ['run_command', { command: 'node --test test/falsy.test.js' }],
    ),
    { text: 'The arguments that were not given are told apart by undefined now.' },
  )
  const shown = await bench.run(
    repository,
    'warning.format(0) loses its argument. Mend it and test it.',
    ['waiting_approval'],
  )
  const { items: results } = await client.gates.results({ taskId: shown.id })
  expect(results.map(({ status }) => status)).toEqual(['failed', 'passed'])
  expect(results[1]!.outputTail).toMatch(/pass 2[7-9]/)
  expect(
    (await client.review.changes({ taskId: shown.id })).files.map(({ path }) => path).sort(),
  ).toEqual(['index.js', 'test/falsy.test.js'])
  expect(shown.change!.touchesGates.map(({ path }) => path)).toEqual(['test/falsy.test.js'])
  await client.tasks.approve({
    taskId: shown.id,
    treeId: shown.change!.treeId,
    message: 'Format falsy arguments too',
  })
  const done = await untilTask(client, shown, ['completed'])
  const log = git(
    repository.path,
    'log',
    '-1',
    '--format=%P%n%T%n%an <%ae>%n%cn <%ce>%n%B',
    done.branch!,
  ).split('\n')
  expect(log).toEqual([
    ...[
      base,
      shown.change!.treeId,
      'The owner <owner@example.test>',
      'The owner <owner@example.test>',
    ],
    ...[
      'Format falsy arguments too',
      '',
      'Assisted-by: Sluice built-in agent (claude-sonnet-4-5)',
      `Sluice-Task: ${shown.id}`,
    ],
  ])
  git(repository.path, 'checkout', '--quiet', done.branch!)
  const { createWarning } = require(repository.path) as {
    createWarning: (options: object) => { format: (value: number) => string }
  }
  expect(createWarning({ name: 'Count', code: 'COUNT', message: 'there are %d' }).format(0)).toBe(
    'there are 0',
  )
})
