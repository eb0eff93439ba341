/** Settings that a repository's own config could use to start programs when it is merely looked at. */

import type { Located } from './locate.ts'
import { splitNul } from './path-text.ts'
import { runGit } from './run.ts'
import type { CallOptions } from './types.ts'

/**
 * Overrides for content filters that the repository's *local* config defines. A folder that somebody unpacked below a
 * root must not run programs because its status is shown; filters of the user's global config (git-lfs) still apply.
 */
export async function localGuards(
  located: Located,
  options: CallOptions,
): Promise<Record<string, string>> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: [
      'config',
      '--show-scope',
      '-z',
      '--name-only',
      '--get-regexp',
      '^filter\\..*\\.(clean|smudge|process|required)$',
    ],
  })
  const guards: Record<string, string> = {}
  const fields = splitNul(stdout).map((field) => field.toString('utf8'))
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope, key = ''] = fields.slice(at, at + 2)
    if (scope === 'local' || scope === 'worktree')
      guards[key] = key.endsWith('.required') ? 'false' : ''
  }
  return guards
}
