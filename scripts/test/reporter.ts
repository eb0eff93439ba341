import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule, TestResult } from 'vitest/node'
import type { RunReport, TestOutcome } from './summary.ts'

function outcomesOf(module: TestModule): TestOutcome[] {
  return Array.from(module.children.allTests(), (test) => {
    const result = test.result()
    return {
      project: module.project.name,
      file: module.relativeModuleId,
      name: test.fullName,
      // A test that never ended (its worker died) did not pass.
      state: result.state === 'pending' ? 'failed' : result.state,
      ...reasonOf(result),
    }
  })
}

function reasonOf(result: TestResult): { reason?: string } {
  const reason =
    result.state === 'skipped'
      ? result.note
      : result.errors?.[0]?.message.split('\n', 1)[0]?.slice(0, 300)
  return reason === undefined ? {} : { reason }
}

function errorsOf(module: TestModule): string[] {
  const suites = Array.from(module.children.allSuites())
  return [
    ...module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`),
    ...suites.flatMap((suite) =>
      suite
        .errors()
        .map((error) => `${module.relativeModuleId} > ${suite.fullName}: ${error.message}`),
    ),
  ]
}

/**
 * Leaves a RunReport as JSON in the file that TEST_SUMMARY_FILE names: after each test file what
 * is known so far, so that a run that is cut still has its totals, and at the end the whole.
 */
export default class SummaryReporter implements Reporter {
  readonly #ended: TestModule[] = []

  onTestModuleEnd(module: TestModule): void {
    this.#ended.push(module)
    write({
      outcomes: this.#ended.flatMap(outcomesOf),
      errors: this.#ended.flatMap(errorsOf),
      cut: `the run was cut after ${this.#ended.length} test files; the others are missing here`,
    })
  }

  onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    unhandled: ReadonlyArray<{ message: string }>,
  ): void {
    write({
      outcomes: modules.flatMap(outcomesOf),
      errors: [...modules.flatMap(errorsOf), ...unhandled.map(({ message }) => message)],
    })
  }
}

function write(report: RunReport): void {
  const file = process.env.TEST_SUMMARY_FILE
  if (file === undefined)
    throw new Error('run through scripts/test.ts: TEST_SUMMARY_FILE is not set')
  writeFileSync(file, JSON.stringify(report))
}
