import { expect, test } from 'vitest'
import { settingsAdrift } from './settings-table.ts'

const docs = {
  path: 'docs/configuration.md',
  text: [
    '| setting | default | what it does |',
    '|---|---|---|',
    '| `SLUICE_PORT` | `4000` | Port. See `SLUICE_HOST`. |',
    '| `OPENAI_API_KEY` | none | Key. |',
  ].join('\n'),
}

test('finds nothing where the table and the readers agree', () => {
  const readers = {
    'server/env.ts': '{ SLUICE_PORT: z.coerce.number() } // any other SLUICE_ name is reported',
    'cli/env.ts': 'env.OPENAI_API_KEY',
  }
  expect(settingsAdrift(docs, readers)).toEqual([])
})

test('finds a setting that the table lacks, and one that nothing reads', () => {
  const readers = { 'server/env.ts': 'SLUICE_PORT, SLUICE_HOST' }
  expect(settingsAdrift(docs, readers)).toEqual([
    { file: 'server/env.ts', message: 'SLUICE_HOST has no line in docs/configuration.md' },
    { file: 'docs/configuration.md', line: 4, message: 'nothing reads OPENAI_API_KEY' },
  ])
})
