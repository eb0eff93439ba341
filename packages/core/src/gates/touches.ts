/** What a gate runs, so that a review can say where a change touches the check itself. */
export interface GateCommand {
  name: string
  command: string
}

export interface TouchedGate {
  gate: string
  path: string
  reason: string
}

const testFile =
  /(^|\/)(tests?|spec|__tests__|e2e)\/|(\.|_)(test|spec)\.[^/]+$|(^|\/)test_[^/]+\.py$|_test\.go$/
const configs: [RegExp, string][] = [
  [/(^|\/)package\.json$/, 'its scripts are in package.json'],
  [
    /(^|\/)(vitest|vite|jest|karma|ava|mocha|playwright|cypress)\.config\.[^/]+$|(^|\/)\.mocharc/,
    'configuration of the test runner',
  ],
  [
    /(^|\/)(eslint\.config\.[^/]+|\.eslintrc[^/]*|\.eslintignore|biome\.jsonc?|\.oxlintrc\.json)$/,
    'configuration of the linter',
  ],
  [/(^|\/)tsconfig[^/]*\.json$/, 'configuration of the type checker'],
  [/(^|\/)(Makefile|makefile|GNUmakefile)$/, 'the Makefile that it runs'],
  [
    /(^|\/)(pytest\.ini|pyproject\.toml|setup\.cfg|tox\.ini|conftest\.py)$/,
    'configuration of the test runner',
  ],
  [/(^|\/)(Cargo\.toml|go\.mod)$/, 'the manifest that it builds from'],
]

/**
 * Where changed paths are what gates run: a script named in a command, the configuration of
 * a tool, a test. It errs on the side of saying so; the reviewer decides.
 * @param changed paths of the change, old and new names of renames both
 */
export function findTouchedGates(
  gates: readonly GateCommand[],
  changed: readonly string[],
): TouchedGate[] {
  return gates.flatMap(({ name, command }) =>
    changed.flatMap((path) => {
      const reason = reasonFor(command, path)
      return reason === undefined ? [] : [{ gate: name, path, reason }]
    }),
  )
}

function reasonFor(command: string, path: string): string | undefined {
  const words = command.split(/[\s;&|'"()=]+/).map((word) => word.replace(/^\.\//, ''))
  if (words.includes(path)) return 'the command names this file'
  if (isTestCommand(command) && testFile.test(path)) return 'a test that it runs'
  return configs.find(([pattern]) => pattern.test(path) && concerns(command, path))?.[1]
}

const isTestCommand = (command: string) =>
  /test|jest|vitest|mocha|ava|tap\b|pytest|spec|check/i.test(command)

// A linter's configuration does not change what the tests run, unless a script or make hides what is run.
function concerns(command: string, path: string): boolean {
  if (/\b(npm|pnpm|yarn|bun|make|node --run)\b/.test(command)) return true
  if (/eslint|biome|oxlint/.test(path)) return /lint|biome/.test(command)
  if (/tsconfig/.test(path)) return /tsc|vitest|jest/.test(command)
  return true
}
