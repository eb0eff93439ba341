import type { GateInput } from '@sluice/contract/gate'
import { z } from 'zod'

export type FoundGate = GateInput & { foundFrom: string }

/** What is looked at: the tracked files of a commit, and how to read a small one. */
export interface RepositoryFiles {
  paths: ReadonlySet<string>
  read(path: string): Promise<string>
}

const gate = (name: string, command: string, foundFrom: string, isBlocking = true): FoundGate => ({
  name,
  command,
  foundFrom,
  isBlocking,
  isEnabled: true,
  timeoutSeconds: 600,
})

/**
 * Derives the checks of a repository from its tracked files, cheap ones first, so that a
 * change that cannot pass is found soon.
 */
export async function findGates(files: RepositoryFiles): Promise<FoundGate[]> {
  const found = [
    ...(files.paths.has('package.json') ? await findNodeGates(files) : []),
    ...findCargoGates(files),
    ...findGoGates(files),
    ...(await findPythonGates(files)),
  ]
  return found.length > 0 ? found : await findMakeGates(files)
}

const PackageJson = z.object({
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
})

// The names that a script of each kind commonly has; the first that exists wins.
const scriptKinds: { gate: string; scripts: string[] }[] = [
  { gate: 'Lint', scripts: ['lint', 'eslint'] },
  { gate: 'Types', scripts: ['typecheck', 'type-check', 'check-types', 'types', 'tsc'] },
  { gate: 'Tests', scripts: ['test', 'test:unit', 'unit'] },
]
const placeholderTest = /no test specified/

async function findNodeGates(files: RepositoryFiles): Promise<FoundGate[]> {
  let parsed: unknown
  try {
    parsed = JSON.parse(await files.read('package.json'))
  } catch {
    // A package.json that npm could not read either: nothing can be derived from it.
    return []
  }
  const manifest = PackageJson.safeParse(parsed)
  if (!manifest.success) return []
  const { scripts, dependencies, devDependencies } = manifest.data
  const has = (name: string) => name in dependencies || name in devDependencies
  const gates: FoundGate[] = []
  for (const { gate: name, scripts: names } of scriptKinds) {
    const script = names.find(
      (each) => scripts[each] !== undefined && !placeholderTest.test(scripts[each]),
    )
    if (script !== undefined) {
      gates.push(
        gate(
          name,
          script === 'test' ? 'npm test' : `npm run ${script}`,
          `package.json: scripts.${script}`,
        ),
      )
    } else if (name === 'Types' && files.paths.has('tsconfig.json') && has('typescript')) {
      gates.push(gate(name, 'npx --no-install tsc --noEmit', 'tsconfig.json'))
    } else if (
      name === 'Lint' &&
      has('eslint') &&
      [...files.paths].some((path) =>
        /^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.\w+)?)$/.test(path),
      )
    ) {
      gates.push(gate(name, 'npx --no-install eslint .', 'eslint configuration'))
    } else if (name === 'Tests' && has('vitest')) {
      gates.push(gate(name, 'npx --no-install vitest run', 'package.json: vitest'))
    } else if (name === 'Tests' && has('jest')) {
      gates.push(gate(name, 'npx --no-install jest', 'package.json: jest'))
    }
  }
  return gates
}

function findCargoGates(files: RepositoryFiles): FoundGate[] {
  if (!files.paths.has('Cargo.toml')) return []
  return [
    gate('Cargo check', 'cargo check --all-targets --offline', 'Cargo.toml'),
    gate('Cargo test', 'cargo test --offline', 'Cargo.toml'),
  ]
}

function findGoGates(files: RepositoryFiles): FoundGate[] {
  if (!files.paths.has('go.mod')) return []
  return [gate('Go vet', 'go vet ./...', 'go.mod'), gate('Go test', 'go test ./...', 'go.mod')]
}

async function findPythonGates(files: RepositoryFiles): Promise<FoundGate[]> {
  const { paths } = files
  if (paths.has('pytest.ini')) return [gate('Pytest', 'python3 -m pytest', 'pytest.ini')]
  for (const path of ['pyproject.toml', 'setup.cfg', 'tox.ini']) {
    if (paths.has(path) && /\[(tool\.)?pytest|pytest/.test(await files.read(path)))
      return [gate('Pytest', 'python3 -m pytest', path)]
  }
  const tests = [...paths].find((path) => /(^|\/)(test_[^/]+|conftest)\.py$/.test(path))
  return tests === undefined ? [] : [gate('Pytest', 'python3 -m pytest', tests)]
}

async function findMakeGates(files: RepositoryFiles): Promise<FoundGate[]> {
  const makefile = ['Makefile', 'makefile', 'GNUmakefile'].find((name) => files.paths.has(name))
  if (makefile === undefined) return []
  const targets = new Set(
    [...(await files.read(makefile)).matchAll(/^([A-Za-z][\w-]*)\s*:(?!=)/gm)].map(
      ([, target]) => target,
    ),
  )
  return ['lint', 'check', 'test']
    .filter((target) => targets.has(target))
    .map((target) => gate(`Make ${target}`, `make ${target}`, `${makefile}: ${target}`))
}
