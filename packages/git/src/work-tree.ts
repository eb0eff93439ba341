/** Writing trees into working trees of ours. */

import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isGitError } from './errors.ts'
import { pathToBytes, pathFromBytes, splitNul } from './path-text.ts'
import { requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { CallOptions, Oid } from './types.ts'

export type WorkTreeInput = CallOptions & { gitDir: string; workTree: string; indexFile: string }

/**
 * Makes the files that the index knows exactly those of `tree`; files unknown to the index stay, unless they stand in
 * the way of one of the tree's.
 */
export async function writeTree(input: WorkTreeInput & { tree: Oid }): Promise<void> {
  const { tree, ...git } = input
  await mkdir(dirname(git.indexFile), { recursive: true })
  await mkdir(git.workTree, { recursive: true })
  await dropStaleLock(git.indexFile)
  const run = (): Promise<unknown> =>
    runGit({
      ...git,
      config: {
        'checkout.workers': '0',
        'checkout.thresholdForParallelism': '200',
        'core.untrackedCache': 'false',
      },
      args: ['read-tree', '--reset', '-u', requireOid(tree)],
    })
  await withWritableFolders(git.workTree, run)
}

/** Deletes everything that the index does not know, ignored files and nested repositories included. */
export async function cleanWorkTree(input: WorkTreeInput): Promise<void> {
  await withWritableFolders(input.workTree, () => runGit({ ...input, args: ['clean', '-ffdxq'] }))
  for (const path of await submodulePaths(input)) {
    // Git does not look into a submodule's folder; what was left there goes with the folder.
    const folder = Buffer.concat([Buffer.from(`${input.workTree}/`), pathToBytes(path)])
    await rm(folder as unknown as string, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  }
}

async function submodulePaths(input: WorkTreeInput): Promise<string[]> {
  const { stdout } = await runGit({ ...input, args: ['ls-files', '-s', '-z'] })
  if (!stdout.includes('160000 ')) return []
  return splitNul(stdout).flatMap((line) =>
    line.toString('latin1', 0, 7) === '160000 '
      ? [pathFromBytes(line.subarray(line.indexOf(9) + 1))]
      : [],
  )
}

/** An index of ours is used by one caller at a time, so a lock that is there was left by a killed git. */
export async function dropStaleLock(indexFile: string): Promise<void> {
  await rm(`${indexFile}.lock`, { force: true })
}

/** Deletes a folder, also when a program took the rights to its own folders away. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    await makeFoldersWritable(path)
    await rm(path, { recursive: true, force: true, maxRetries: 2 })
  }
}

async function withWritableFolders(workTree: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isGitError(error, 'permission_denied')) throw error
    await makeFoldersWritable(workTree)
    await run()
  }
}

async function makeFoldersWritable(path: string): Promise<void> {
  const stat = await lstat(path)
  if (!stat.isDirectory()) return
  if ((stat.mode & 0o700) !== 0o700) await chmod(path, (stat.mode & 0o7777) | 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeFoldersWritable(join(path, entry.name))
  }
}
