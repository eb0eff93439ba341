/** What became of one test, as `pnpm test` tells it. */
export type TestOutcome = {
  project: string
  file: string
  name: string
  state: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped, as the test itself said; or the first line of why it failed. */
  reason?: string
}

/** All that a test run left: its tests, and errors that belong to no test. */
export type RunReport = {
  outcomes: TestOutcome[]
  /** Files that could not be loaded, hooks that failed, errors thrown outside of tests. */
  errors: string[]
  /** Undefined once the run came to its end; else what may be missing: it was cut, or died. */
  cut?: string
}

/** Of failed tests; more are only counted. */
const maxListed = 20

/** The lines that end a test run, and whether it passed. */
export type RunSummary = { lines: string[]; passed: boolean }

/**
 * Totals over all projects; the last line is `N passed, N failed, N skipped`. Skipped tests are
 * listed before it, by reason, and what failed last, so that the end of a cut log still names it. An
 * error outside of a test, or a run that was cut, counts as one failed, since tests are missing from the
 * list because of it. A skip without a reason fails the run, unless the caller filtered by name
 * (`isFiltered`), where every other test counts as skipped.
 */
export function summarize(report: RunReport, isFiltered: boolean): RunSummary {
  const { outcomes } = report
  const errors = report.cut === undefined ? report.errors : [...report.errors, report.cut]
  const count = (state: TestOutcome['state']): number =>
    outcomes.filter((outcome) => outcome.state === state).length
  const failed = count('failed') + errors.length
  const skipped = outcomes.filter((outcome) => outcome.state === 'skipped')
  const unexplained = isFiltered ? [] : skipped.filter(({ reason }) => reason === undefined)

  const lines: string[] = []
  if (!isFiltered) {
    for (const [reason, tests] of Map.groupBy(
      skipped,
      ({ reason }) => reason ?? 'no reason given',
    )) {
      lines.push(`skipped, ${reason}:`)
      for (const { project, file, name } of tests) lines.push(`  [${project}] ${file} > ${name}`)
    }
  }
  if (unexplained.length > 0) {
    lines.push('a skipped test says why: context.skip(condition, reason)')
  }
  for (const error of errors) lines.push(`error outside of a test: ${error}`)
  const broken = outcomes.filter(({ state }) => state === 'failed')
  for (const { project, file, name, reason } of broken.slice(0, maxListed))
    lines.push(`failed: [${project}] ${file} > ${name}${reason === undefined ? '' : `: ${reason}`}`)
  if (broken.length > maxListed) lines.push(`failed: and ${broken.length - maxListed} more`)
  if (outcomes.length === 0 && errors.length === 0) lines.push('no test ran')
  lines.push(`${count('passed')} passed, ${failed} failed, ${skipped.length} skipped`)
  return {
    lines,
    passed: failed === 0 && unexplained.length === 0 && outcomes.length > 0,
  }
}
