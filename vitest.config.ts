import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import LongestFirst from './scripts/test/longest-first.ts'

const sources = ['packages/*/src', 'apps/*/src', 'scripts', 'bench', 'e2e']
const all = (ending: string): string[] => sources.map((folder) => `${folder}/**/*${ending}`)
const quickImports = join(import.meta.dirname, 'packages/db/src/quick-imports.ts')
const withDatabase = join(import.meta.dirname, 'packages/testing/src/global-setup.ts')

// Three kinds of test, told apart by the file's ending; groups run one after the other, so that a
// browser never competes with the databases of the others for the processor.
export default defineConfig({
  test: {
    globals: false,
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    // As with a test's own time limit: no test needs it to pass, and a busy machine is no failure.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: all('.test.{ts,tsx}'),
          exclude: ['**/node_modules/**', '**/*.int.test.ts', '**/*.e2e.test.ts'],
          pool: 'threads',
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: all('.int.test.ts'),
          globalSetup: existsSync(withDatabase) ? [withDatabase] : [],
          pool: 'forks',
          execArgv: ['--import', quickImports],
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: all('.e2e.test.ts'),
          globalSetup: existsSync(withDatabase) ? [withDatabase] : [],
          pool: 'forks',
          execArgv: ['--import', quickImports],
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
