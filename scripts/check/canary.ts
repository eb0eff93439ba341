// Proves that the boundaries can fail. dependency-cruiser reads TypeScript only when it finds a
// compiler that it knows; with any other it sees no import, finds nothing wrong and passes. So
// each rule gets, in a tree of its own, one import that breaks it, and must report it.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruiseFolders } from './cruise.ts'

/** A file of the tree, what it imports (relative to itself), and the rule that must report it. */
type Breach = { rule: string; file: string; imports: string; typeOnly?: boolean }

const breaches: Breach[] = [
  {
    rule: 'direction-packages-contract',
    file: 'packages/contract/src/a.ts',
    imports: '../../db/src/ok.ts',
  },
  {
    rule: 'direction-packages-db',
    file: 'packages/db/src/a.ts',
    imports: '../../events/src/ok.ts',
  },
  {
    rule: 'direction-packages-events',
    file: 'packages/events/src/a.ts',
    imports: '../../engine/src/ok.ts',
  },
  {
    rule: 'direction-packages-engine',
    file: 'packages/engine/src/a.ts',
    imports: '../../core/src/tasks/index.ts',
  },
  {
    rule: 'direction-packages-git',
    file: 'packages/git/src/a.ts',
    imports: '../../sandbox/src/ok.ts',
  },
  {
    rule: 'direction-packages-sandbox',
    file: 'packages/sandbox/src/a.ts',
    imports: '../../agents/src/ok.ts',
  },
  { rule: 'direction-packages-llm', file: 'packages/llm/src/a.ts', imports: '../../db/src/ok.ts' },
  {
    rule: 'direction-packages-agents',
    file: 'packages/agents/src/a.ts',
    imports: '../../core/src/tasks/index.ts',
  },
  {
    rule: 'direction-packages-core',
    file: 'packages/core/src/tasks/a.ts',
    imports: '../../../../apps/server/src/ok.ts',
  },
  {
    rule: 'direction-packages-sdk',
    file: 'packages/sdk/src/a.ts',
    imports: '../../core/src/tasks/index.ts',
  },
  { rule: 'direction-apps-server', file: 'apps/server/src/a.ts', imports: '../../cli/src/ok.ts' },
  {
    rule: 'direction-apps-web',
    file: 'apps/web/src/a.tsx',
    imports: '../../../packages/core/src/tasks/index.ts',
  },
  {
    rule: 'direction-apps-web',
    file: 'apps/web/src/b.ts',
    imports: '../../../packages/core/src/tasks/index.ts',
    typeOnly: true,
  },
  { rule: 'direction-apps-web', file: 'apps/web/src/c.ts', imports: '@sluice/core/tasks' },
  {
    rule: 'direction-apps-cli',
    file: 'apps/cli/src/a.ts',
    imports: '../../../packages/db/src/ok.ts',
  },
  {
    rule: 'server-reaches-sdk-only-in-tests',
    file: 'apps/server/src/b.ts',
    imports: '../../../packages/sdk/src/ok.ts',
  },
  {
    rule: 'testing-only-in-tests',
    file: 'packages/db/src/b.ts',
    imports: '../../testing/src/ok.ts',
  },
  { rule: 'testing-only-in-tests', file: 'packages/git/src/e.ts', imports: './ok.fixture.ts' },
  {
    rule: 'testing-reaches-no-app',
    file: 'packages/testing/src/a.ts',
    imports: '../../../apps/server/src/ok.ts',
  },
  { rule: 'no-import-of-tests', file: 'packages/git/src/b.ts', imports: './ok.test.ts' },
  {
    rule: 'feature-through-index',
    file: 'packages/core/src/gates/a.ts',
    imports: '../tasks/queries.ts',
  },
  {
    rule: 'core-through-index',
    file: 'apps/server/src/c.ts',
    imports: '../../../packages/core/src/tasks/queries.ts',
  },
  { rule: 'pure-centre', file: 'packages/core/src/tasks/decide.ts', imports: 'node:fs' },
  { rule: 'no-cycle', file: 'packages/git/src/c.ts', imports: './ok-back.ts' },
  { rule: 'no-dead-file', file: 'packages/git/src/nobody.ts', imports: './ok.ts' },
  { rule: 'no-unresolvable', file: 'packages/git/src/d.ts', imports: './not-there.ts' },
]

/** What the breaches reach for; none of it breaks a rule by itself. */
const innocent: Record<string, string> = {
  'packages/core/src/tasks/index.ts': '',
  'packages/core/src/tasks/queries.ts': '',
  'packages/git/src/ok.test.ts': '',
  'packages/git/src/ok.fixture.ts': '',
  'packages/git/src/ok-back.ts':
    "import { value as other } from './c.ts'\nexport const used = other\n",
  'apps/server/src/main.ts': '',
  ...Object.fromEntries(
    ['db', 'events', 'engine', 'git', 'sandbox', 'agents', 'sdk', 'testing']
      .map((name) => `packages/${name}`)
      .concat('apps/server', 'apps/cli')
      .map((part) => [`${part}/src/ok.ts`, '']),
  ),
}

const root = await realpath(await mkdtemp(join(tmpdir(), 'sluice-canary-')))
try {
  const files: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(innocent).map(([file, body]) => [file, `${body}export const value = 1\n`]),
    ),
    ...Object.fromEntries(
      breaches.map(({ file, imports, typeOnly }) => [
        file,
        typeOnly === true
          ? `import type { value as other } from '${imports}'\nexport type value = typeof other\n`
          : `import * as other from '${imports}'\nexport const value = other\n`,
      ]),
    ),
  }
  files['packages/core/package.json'] = JSON.stringify({
    name: '@sluice/core',
    type: 'module',
    exports: { './*': './src/*/index.ts' },
  })
  for (const [file, body] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), body)
  }

  // As the package manager lays it out: packages find each other by name, through a link.
  await mkdir(join(root, 'apps/web/node_modules/@sluice'), { recursive: true })
  await symlink(join(root, 'packages/core'), join(root, 'apps/web/node_modules/@sluice/core'))

  const { violations, rules } = await cruiseFolders(root, ['apps', 'packages'])
  const isReported = ({ rule, file }: Breach): boolean =>
    violations.some((violation) => violation.rule === rule && violation.from.includes(file)) ||
    violations.some((violation) => violation.rule === rule && violation.to.includes(file))
  const missed = breaches.filter((breach) => !isReported(breach))
  const unproven = rules.filter((rule) => !breaches.some((breach) => breach.rule === rule))

  for (const { rule, file, imports } of missed) {
    console.log(`${rule} did not report ${file} → ${imports}`)
  }
  for (const rule of unproven) console.log(`${rule} has no breach here that proves it`)
  console.log(`${breaches.length - missed.length} of ${breaches.length} forbidden imports reported`)
  process.exitCode = missed.length + unproven.length === 0 ? 0 : 1
} finally {
  await rm(root, { recursive: true, force: true })
}
