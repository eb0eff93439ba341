// `pnpm test [vitest arguments]`: every test of every project, ending with the line
// `N passed, N failed, N skipped`. The totals come from what the runner reported as it ended;
// a runner that died without reporting is a failure, whatever it printed before.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RunReport, summarize } from './test/summary.ts'

const root = join(import.meta.dirname, '..')
const given = process.argv.slice(2).filter((argument) => argument !== '--')
const isFiltered = given.some((argument) =>
  /^(-t|--testNamePattern|--changed|--shard)/.test(argument),
)
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
)

const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
const reportFile = join(folder, 'report.json')
try {
  const reporters = ['default', join(root, 'scripts/test/reporter.ts')]
  const runner = spawn(
    process.execPath,
    [vitest, 'run', ...reporters.map((reporter) => `--reporter=${reporter}`), ...given],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TEST_SUMMARY_FILE: reportFile },
    },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => runner.kill(signal))
  const [code, signal] = (await once(runner, 'close')) as [number | null, NodeJS.Signals | null]

  const report: RunReport = existsSync(reportFile)
    ? (JSON.parse(await readFile(reportFile, 'utf8')) as RunReport)
    : {
        outcomes: [],
        errors: [`the runner ended (${signal ?? `exit code ${code}`}) without a report`],
      }
  const { lines, passed } = summarize(report, isFiltered)
  console.log(`\n${lines.join('\n')}`)
  process.exitCode = passed && code === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
