import { describe, expect, test } from 'vitest'
import { findingsInFile } from './file-rules.ts'

const messages = (path: string, text: string): string[] =>
  findingsInFile(path, text).map(({ message }) => message)

// Put together here, so that this file does not hold what it looks for.
const word = (...parts: string[]): string => parts.join('')

describe('findingsInFile', () => {
  test('has nothing to say of a plain file', () => {
    const text = "import { b } from './b.ts'\nimport { c } from '@sluice/contract/ids'\n"
    expect(findingsInFile('packages/git/src/diff.ts', text)).toEqual([])
  })

  test('lets a file have 500 lines and not one more', () => {
    expect(messages('packages/git/src/a.ts', 'x\n'.repeat(500))).toEqual([])
    expect(messages('packages/git/src/a.ts', 'x\n'.repeat(501))).toEqual([
      '501 lines; at most 500: split it by what it is about',
    ])
  })

  test.each([
    'packages/db/migrations/0001.ts',
    'packages/core/src/tasks/tables.ts',
    'apps/web/src/routes.gen.ts',
  ])('does not count the lines of %s', (path) => {
    expect(messages(path, 'x\n'.repeat(900))).toEqual([])
  })

  test('finds a relative import into another part, wherever it stands', () => {
    const text = [
      "import { a } from './a.ts'",
      `import type { b } from ${word("'../../", "db/src/pool.ts'")}`,
      `const c = await import(${word("'../../", "../apps/cli/src/env.ts'")})`,
    ].join('\n')
    const findings = findingsInFile('packages/git/src/x.ts', text)
    expect(findings.map(({ line }) => line)).toEqual([2, 3])
  })

  test.each([
    'test.skip',
    'it.only',
    'describe.skipIf',
    'test.concurrent.skip',
    'describe.runIf',
    'test.todo',
  ])('finds %s, which gives no reason', (call) => {
    expect(messages('packages/git/src/x.test.ts', word(call, "('a')"))).toHaveLength(1)
  })

  test('allows a skip that says why', () => {
    expect(messages('packages/git/src/x.test.ts', "context.skip(!browser, 'no browser')")).toEqual(
      [],
    )
  })

  test('finds names that are not kebab-case', () => {
    expect(messages('apps/web/src/TaskCard.tsx', '')).toEqual(['file names are kebab-case'])
    expect(messages('apps/web/src/routes/sessions.$session-id.tsx', '')).toEqual([])
  })

  test('finds left-overs and checks switched off without a reason', () => {
    expect(messages('packages/git/src/x.ts', word('// TO', 'DO later'))).toHaveLength(1)
    const off = word('// oxlint', '-disable-next-line no-empty')
    expect(messages('packages/git/src/x.ts', off)).toHaveLength(1)
    expect(messages('packages/git/src/x.ts', `${off} -- the peer closes by itself`)).toEqual([])
    expect(messages('packages/git/src/x.ts', `// The peer closes by itself.\n${off}`)).toEqual([])
    expect(messages('packages/git/src/x.ts', `close()\n${off}`)).toHaveLength(1)
  })
})
