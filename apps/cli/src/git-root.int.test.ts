import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { absolutePath, findGitRoot, looksLikePath } from './git-root.ts'

let home: string
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-cli-root-')))
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('a folder deep inside, also through a link, leads to the root', async () => {
  const root = join(home, 'a repo')
  await mkdir(join(root, 'src', 'deep'), { recursive: true })
  execFileSync('git', ['init', '-q', root])
  await symlink(join(root, 'src'), join(home, 'link'))
  expect(await findGitRoot(join(root, 'src', 'deep'))).toBe(root)
  expect(await findGitRoot(join(home, 'link', 'deep'))).toBe(root)
  expect(await findGitRoot(root)).toBe(root)
})

test('a bare repository is its own root; a folder outside of any has none', async () => {
  const bare = join(home, 'bare.git')
  execFileSync('git', ['init', '-q', '--bare', bare])
  await mkdir(join(home, 'plain'))
  expect(await findGitRoot(bare)).toBe(bare)
  expect(await findGitRoot(join(home, 'plain'))).toBeUndefined()
  expect(await findGitRoot(join(home, 'missing'))).toBeUndefined()
})

test('a word with a slash or a dot alone is a path, any other a name', () => {
  expect(['.', '..', './a', 'a/b', '/a', '~', '~/a'].every(looksLikePath)).toBe(true)
  expect(['sluice', 'my.repo', '.github'].some(looksLikePath)).toBe(false)
  expect(absolutePath('a/../b', '/x')).toBe('/x/b')
  expect(absolutePath('~/a', '/x')).toMatch(/^\/.*\/a$/)
})
