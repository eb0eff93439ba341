// `pnpm check`: every check that needs no database and no browser. Each stage runs, also after
// another has failed; the output of the failed ones follows at the end.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Stage, runStages } from './check/stage.ts'

const root = join(import.meta.dirname, '..')
const limitMs = 120_000

function tool(name: string, command: string, ...args: string[]): Stage {
  return { name, command, args, timeoutMs: limitMs }
}

// The longest first, so that a short one ends the run.
const stages: Stage[] = [
  tool('pure tests', 'node', 'scripts/test.ts', '--project', 'unit'),
  tool('lint', 'oxlint'),
  tool('types', 'tsc', '--noEmit', '-p', 'tsconfig.json'),
  tool('types of the page', 'tsc', '--noEmit', '-p', 'apps/web/tsconfig.json'),
  tool('boundaries', 'node', 'scripts/check/boundaries.ts'),
  tool('boundaries canary', 'node', 'scripts/check/canary.ts'),
  tool('dead code', 'knip', '--no-progress', '--no-config-hints'),
  tool('files', 'node', 'scripts/check/files.ts'),
  tool('format', 'oxfmt', '--check', '.'),
]

const startedAt = performance.now()
const results = await runStages(root, stages, availableParallelism(), (result) => {
  const seconds = (result.durationMs / 1000).toFixed(1).padStart(6)
  console.log(`${result.passed ? 'ok  ' : 'FAIL'} ${seconds} s  ${result.stage.name}`)
})

const failed = results.filter((result) => !result.passed)
for (const { stage, output } of failed) {
  console.log(`\n── ${stage.name}: ${[stage.command, ...stage.args].join(' ')}\n`)
  console.log(output.trimEnd())
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
console.log(
  failed.length === 0
    ? `\ncheck: ${results.length} stages passed in ${seconds} s`
    : `\ncheck: ${failed.length} of ${results.length} stages FAILED in ${seconds} s: ${failed.map(({ stage }) => stage.name).join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
