/** The oldest git that has everything that is used here. */

import { GitError } from './errors.ts'
import { runGit } from './run.ts'
import type { CallOptions } from './types.ts'

/** `merge-tree --write-tree` and `cat-file -z` came with 2.38. */
const OLDEST = [2, 38] as const

let known: string | undefined

/**
 * The version of git on this machine, for example `2.39.5`.
 * @throws GitError `git_missing`, `git_too_old`
 */
export async function requireGitVersion(options: CallOptions = {}): Promise<string> {
  if (known !== undefined) return known
  const { stdout } = await runGit({ ...options, args: ['--version'] })
  const text = /\d+(\.\d+)+/.exec(stdout.toString('utf8'))?.[0] ?? ''
  const [major = 0, minor = 0] = text.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new GitError(
      'git_too_old',
      `Sluice needs git ${OLDEST.join('.')} or newer; this machine has ${text || 'an unknown version'}.`,
    )
  }
  known = text
  return text
}
