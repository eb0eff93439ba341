// The directions of docs/architecture.md as errors. Each rule has a line in
// scripts/check/canary.ts that breaks it and must be seen to fail.

/** What each part may import besides itself; everything not listed is forbidden. */
const mayImport = {
  'packages/contract': [],
  'packages/db': ['packages/contract'],
  'packages/events': ['packages/contract', 'packages/db'],
  'packages/engine': ['packages/contract', 'packages/db', 'packages/events'],
  'packages/git': ['packages/contract'],
  'packages/sandbox': ['packages/contract'],
  'packages/llm': ['packages/contract'],
  'packages/agents': ['packages/contract', 'packages/sandbox', 'packages/llm'],
  'packages/core': [
    'packages/contract',
    'packages/db',
    'packages/events',
    'packages/engine',
    'packages/git',
    'packages/sandbox',
    'packages/agents',
    'packages/llm',
  ],
  'packages/sdk': ['packages/contract'],
  'apps/server': [
    'packages/contract',
    'packages/db',
    'packages/events',
    'packages/engine',
    'packages/git',
    'packages/sandbox',
    'packages/agents',
    'packages/llm',
    'packages/core',
  ],
  'apps/web': ['packages/contract', 'packages/sdk'],
  'apps/cli': ['packages/contract', 'packages/sdk'],
}

/** Tests may also use the testing package, and the server's tests its typed client. */
const testFile = '\\.(test|int\\.test|e2e\\.test)\\.tsx?$'
/** What several tests of a part share: `x.fixture.ts`, or a folder `src/testing`. */
const fixtureFile = '\\.fixture\\.tsx?$|^(packages|apps)/[^/]+/src/testing/'
/** Programs, and files that are started by their path: what nothing imports, and where reaching begins. */
const beginning =
  '^(apps/(server|cli|web)/src/main\\.tsx?|apps/web/src/routes/.+|apps/web/vite\\.config\\.ts|bench/run\\.ts|packages/.+-(worker|helper)\\.ts)$'
const allParts = [...Object.keys(mayImport), 'packages/testing']

const directions = Object.entries(mayImport).map(([part, allowed]) => {
  const forbidden = allParts.filter(
    (other) => other !== part && other !== 'packages/testing' && !allowed.includes(other),
  )
  const notForTests = part === 'apps/server' ? ['packages/sdk'] : []
  return {
    name: `direction-${part.replace('/', '-')}`,
    severity: 'error',
    comment: `${part} may import ${allowed.length === 0 ? 'no other part' : allowed.join(', ')}.`,
    from: { path: `^${part}/` },
    to: { path: `^(${forbidden.filter((other) => !notForTests.includes(other)).join('|')})/` },
  }
})

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'server-reaches-sdk-only-in-tests',
      severity: 'error',
      comment:
        'The typed client is for those who talk to the server; the server only tests with it.',
      from: { path: '^apps/server/', pathNot: [testFile, fixtureFile] },
      to: { path: '^packages/sdk/' },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      comment: 'What ships never contains a test part.',
      from: { path: '^(packages|apps)/', pathNot: ['^packages/testing/', testFile, fixtureFile] },
      to: { path: ['^packages/testing/', fixtureFile] },
    },
    {
      name: 'testing-reaches-no-app',
      severity: 'error',
      comment: 'The testing package serves the packages; an app brings its own factories.',
      from: { path: '^packages/testing/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-import-of-tests',
      severity: 'error',
      comment:
        'A test file is not a module for others: share through x.fixture.ts or packages/testing.',
      from: {},
      to: { path: testFile },
    },
    {
      name: 'feature-through-index',
      severity: 'error',
      comment: 'A feature of core is entered through its index.ts.',
      from: { path: '^packages/core/src/([^/]+)/' },
      to: {
        path: '^packages/core/src/[^/]+/',
        pathNot: ['^packages/core/src/$1/', '^packages/core/src/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'core-through-index',
      severity: 'error',
      comment: 'From outside, a feature of core is entered through its index.ts.',
      from: { pathNot: '^packages/core/' },
      to: {
        path: '^packages/core/src/[^/]+/',
        pathNot: '^packages/core/src/[^/]+/index\\.ts$',
      },
    },
    {
      name: 'pure-centre',
      severity: 'error',
      comment: 'Decisions, policies and page logic import no I/O: pass the facts in.',
      from: { path: '/(decide|policy|[^/]+\\.logic)\\.ts$' },
      to: {
        path: '^(node:)?(fs|fs/promises|child_process|net|http|https|worker_threads)$|/node_modules/(pg|drizzle-orm)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      // A page that is loaded when it is visited may know its route, which knows how to load it.
      comment: 'Move what both need below both.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'no-dead-file',
      severity: 'error',
      comment: 'Nothing that starts reaches this file: use it or delete it.',
      from: { path: beginning },
      to: {
        path: '^(packages|apps)/[^/]+/src/',
        pathNot: [beginning, testFile, fixtureFile, '^packages/testing/', '\\.d\\.ts$'],
        reachable: false,
      },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An import that nothing answers is a mistake in its name or an unlisted package.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(virtual:|bun:)|\\?' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|fixtures|sample)/|\\.gen\\.ts$' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
