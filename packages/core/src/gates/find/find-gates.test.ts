import { expect, test } from 'vitest'
import { findGates } from './find-gates.ts'

const filesOf = (contents: Record<string, string>) => ({
  paths: new Set(Object.keys(contents)),
  read: async (path: string) => contents[path]!,
})
const commandsOf = async (contents: Record<string, string>) =>
  (await findGates(filesOf(contents))).map(({ command }) => command)

test('the scripts of a package.json become gates, cheap ones first', async () => {
  const manifest = {
    scripts: { test: 'vitest run', lint: 'eslint .', typecheck: 'tsc', build: 'vite build' },
  }
  expect(await commandsOf({ 'package.json': JSON.stringify(manifest) })).toEqual([
    'npm run lint',
    'npm run typecheck',
    'npm test',
  ])
})

test('without scripts the tools that are installed become gates', async () => {
  const manifest = { devDependencies: { typescript: '5', eslint: '9', jest: '30' } }
  expect(
    await commandsOf({
      'package.json': JSON.stringify(manifest),
      'tsconfig.json': '{}',
      'eslint.config.js': '',
    }),
  ).toEqual(['npx --no-install eslint .', 'npx --no-install tsc --noEmit', 'npx --no-install jest'])
})

test('the placeholder that npm init writes is no gate', async () => {
  expect(
    await commandsOf({
      'package.json': JSON.stringify({
        scripts: { test: 'echo "Error: no test specified" && exit 1' },
      }),
    }),
  ).toEqual([])
})

test('a package.json that is no JSON, or of a wrong shape, gives no gates', async () => {
  expect(await commandsOf({ 'package.json': '{' })).toEqual([])
  expect(await commandsOf({ 'package.json': '[]' })).toEqual([])
})

test('cargo, go and pytest are found by their files', async () => {
  expect(await commandsOf({ 'Cargo.toml': '' })).toContain('cargo test --offline')
  expect(await commandsOf({ 'go.mod': '' })).toContain('go test ./...')
  expect(await commandsOf({ 'pyproject.toml': '[tool.pytest.ini_options]' })).toEqual([
    'python3 -m pytest',
  ])
  expect(await commandsOf({ 'tests/test_a.py': '' })).toEqual(['python3 -m pytest'])
})

test('make targets are the last resort', async () => {
  const makefile = 'VAR := 1\nlint:\n\ttrue\ntest: build\n\ttrue\n'
  expect(await commandsOf({ Makefile: makefile })).toEqual(['make lint', 'make test'])
  expect(await commandsOf({ Makefile: makefile, 'go.mod': '' })).not.toContain('make test')
})
