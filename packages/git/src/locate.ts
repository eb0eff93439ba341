/** Where the parts of a user's repository lie. */

import { realpath } from 'node:fs/promises'
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { GitError } from './errors.ts'
import { runGit } from './run.ts'
import type { CallOptions } from './types.ts'

export type Located = {
  /** Real path of the working tree, null for a bare repository. */
  workTree: string | null
  gitDir: string
  /** The git folder that holds refs and objects; differs from `gitDir` in a linked worktree. */
  commonDir: string
  objectFormat: 'sha1' | 'sha256'
  isBare: boolean
  isShallow: boolean
}

/**
 * Asks git about the repository exactly at `path` (never one of its parents).
 * @throws GitError `not_a_repository`, `dubious_ownership`
 */
export async function locate(path: string, options: CallOptions = {}): Promise<Located> {
  if (!isAbsolute(path))
    throw new GitError('bad_path', 'A repository path must be absolute.', { details: { path } })
  const real = await realpath(path).catch((cause: unknown) => {
    throw new GitError('not_a_repository', `There is no folder ${path}.`, { cause })
  })
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    cwd: real,
    // Ceilings stop the search for a parent repository; `real` itself is still looked at.
    env: { GIT_CEILING_DIRECTORIES: dirname(real) },
    args: [
      'rev-parse',
      '--is-bare-repository',
      '--show-object-format',
      '--is-shallow-repository',
      '--is-inside-work-tree',
      // Last, because a folder's name may hold line ends.
      '--absolute-git-dir',
    ],
  }).catch((error: unknown) => {
    throw explain(error, real)
  })
  const [bare, format, shallow, inside, ...rest] = stdout.toString('utf8').split('\n')
  const gitDir = rest.join('\n').replace(/\n$/, '')
  const isBare = bare === 'true'
  if (!isBare && inside !== 'true') {
    throw new GitError('not_a_repository', `${real} is inside a git folder, not a working tree.`)
  }
  return {
    workTree: isBare ? null : real,
    gitDir,
    commonDir: await readCommonDir(gitDir),
    objectFormat: format === 'sha256' ? 'sha256' : 'sha1',
    isBare,
    isShallow: shallow === 'true',
  }
}

/** The working tree of a repository that must have one. @throws GitError `unsupported_repository` */
export function requireWorkTree(located: Located): string {
  if (located.workTree === null) {
    throw new GitError('unsupported_repository', 'A bare repository has no working tree.', {
      details: { gitDir: located.gitDir },
    })
  }
  return located.workTree
}

/** Git folder shared by all worktrees: what `commondir` names, else the folder itself. */
async function readCommonDir(gitDir: string): Promise<string> {
  try {
    const text = (await readFile(join(gitDir, 'commondir'), 'utf8')).replace(/\n$/, '')
    return resolve(gitDir, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gitDir
    throw error
  }
}

function explain(error: unknown, path: string): unknown {
  if (!(error instanceof GitError)) return error
  if (error.code === 'not_a_repository') {
    return new GitError('not_a_repository', `${path} is not a git repository.`, {
      stderr: error.stderr,
      cause: error,
    })
  }
  if (error.code === 'dubious_ownership') {
    return new GitError(
      'dubious_ownership',
      `${path} belongs to another user, so git does not trust it. To allow it: git config --global --add safe.directory '${path}'`,
      { stderr: error.stderr, cause: error },
    )
  }
  return error
}
