/** Our index of a user's checkout: starts as the user's own, so that its stat cache and its tracked files count. */

import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isGitError } from './errors.ts'
import { copyIndexFile } from './index-file.ts'
import type { Located } from './locate.ts'
import { splitNul } from './path-text.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions } from './types.ts'
import { dropStaleLock } from './work-tree.ts'

/** Where the index for a checkout lies. */
export function stateIndexFile(folder: ShadowFolder, workTree: string): string {
  return join(
    folder.path,
    'in-place',
    `${createHash('sha256').update(workTree).digest('hex').slice(0, 32)}.index`,
  )
}

/** Makes it anew from the user's index. @throws GitError `operation_in_progress` while paths are unmerged */
export async function seedStateIndex(
  folder: ShadowFolder,
  located: Located,
  workTree: string,
  options: CallOptions,
): Promise<string> {
  const indexFile = stateIndexFile(folder, workTree)
  await mkdir(dirname(indexFile), { recursive: true })
  await dropStaleLock(indexFile)
  await rm(indexFile, { force: true })
  const copied = await copyIndexFile(join(located.gitDir, 'index'), indexFile).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  if (!copied) return indexFile
  try {
    await clearAssumptions(folder, workTree, indexFile, options)
  } catch (error) {
    if (!isGitError(error) || error.code === 'aborted' || error.code === 'timeout') throw error
    // A split index needs a second file beside the user's: taken over entry by entry, without its stat cache.
    await rm(indexFile, { force: true })
    const { stdout } = await runGit({
      ...options,
      trust: 'user',
      gitDir: located.gitDir,
      args: ['ls-files', '-s', '-z'],
    })
    await runGit({
      ...options,
      gitDir: folder.path,
      workTree,
      indexFile,
      stdin: stdout,
      args: ['update-index', '-z', '--index-info'],
    })
  }
  return indexFile
}

/** Files marked `assume-unchanged` or `skip-worktree` may have been edited all the same; present ones must be seen. */
async function clearAssumptions(
  folder: ShadowFolder,
  workTree: string,
  indexFile: string,
  options: CallOptions,
): Promise<void> {
  const git = { ...options, gitDir: folder.path, workTree, indexFile, cwd: workTree }
  const { stdout } = await runGit({ ...git, args: ['ls-files', '-v', '-z'] })
  const assumed = splitNul(stdout).flatMap((line) => {
    const tag = line[0] ?? 0
    // Lower case: assume-unchanged.
    return tag >= 0x61 && tag <= 0x7a ? [line.subarray(2), Buffer.of(0)] : []
  })
  if (assumed.length === 0) return
  await runGit({
    ...git,
    stdin: Buffer.concat(assumed),
    args: ['update-index', '--no-assume-unchanged', '-z', '--stdin'],
  })
}
