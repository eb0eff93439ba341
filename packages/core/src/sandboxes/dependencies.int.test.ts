import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDependencyMounts } from './dependencies.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-dependencies-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const targets = async (isTracked = async () => false) =>
  (await findDependencyMounts(root, isTracked)).map(({ target }) => target).sort()

test('dependency folders of the root and of workspaces are found, and not entered', async () => {
  await mkdir(join(root, 'node_modules/a/node_modules'), { recursive: true })
  await mkdir(join(root, 'packages/one/node_modules'), { recursive: true })
  expect(await targets()).toEqual(['node_modules', 'packages/one/node_modules'])
})

test('hidden folders, links and folders that the tree brings are left out', async () => {
  await mkdir(join(root, '.cache/node_modules'), { recursive: true })
  await mkdir(join(root, 'vendor'))
  await symlink(root, join(root, 'loop'))
  expect(await targets(async () => true)).toEqual([])
})
