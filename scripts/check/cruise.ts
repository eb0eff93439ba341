import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { join } from 'node:path'

const configFile = join(import.meta.dirname, '../../.dependency-cruiser.cjs')

/** One import that a rule of `.dependency-cruiser.cjs` forbids. */
export type Violation = { rule: string; comment: string; from: string; to: string }

/** What a cruise saw: the files it read, their imports' count, and what of them is forbidden. */
export type Cruise = {
  modules: Set<string>
  dependencies: number
  violations: Violation[]
  /** Names of all rules in force. */
  rules: string[]
}

/**
 * Reads every import under `folders` of `baseDir` and judges it by `.dependency-cruiser.cjs`.
 * Throws when the configuration is not valid.
 */
export async function cruiseFolders(baseDir: string, folders: string[]): Promise<Cruise> {
  const options = (await extractDepcruiseOptions(configFile)) as ICruiseOptions
  const { output } = await cruise(
    folders,
    { ...options, baseDir, outputType: undefined },
    options.enhancedResolveOptions,
  )
  const result = output as ICruiseResult
  const forbidden = options.ruleSet?.forbidden ?? []
  const comments = new Map(forbidden.map((rule) => [rule.name, rule.comment]))
  return {
    modules: new Set(result.modules.map((module) => module.source)),
    dependencies: result.summary.totalDependenciesCruised ?? 0,
    rules: forbidden.map((rule) => rule.name ?? ''),
    violations: result.summary.violations.map((violation) => ({
      rule: violation.rule.name,
      comment: comments.get(violation.rule.name) ?? '',
      from: violation.from,
      to: violation.cycle?.map((step) => step.name).join(' → ') ?? violation.to,
    })),
  }
}
