import { realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Whether a word names a folder rather than a repository that the server knows by name. */
export const looksLikePath = (text: string): boolean =>
  /[/\\]/.test(text) || text === '.' || text === '..' || text === '~'

/** A path as a person types it, as an absolute one. */
export function absolutePath(text: string, cwd: string): string {
  if (text === '~' || text.startsWith('~/')) return join(homedir(), text.slice(1))
  return resolve(cwd, text)
}

/**
 * The root of the repository that a folder lies in, links resolved; a bare one is its own root.
 * Asked of the files rather than of git, which would follow GIT_DIR of a hook that runs us.
 * @returns undefined where the folder is not in one, or is not on this machine
 */
export async function findGitRoot(folder: string): Promise<string | undefined> {
  if (!(await exists(folder))) return undefined
  let at = await realpath(folder)
  while (true) {
    if (await exists(join(at, '.git'))) return at
    const isBare = await Promise.all(
      ['HEAD', 'objects', 'refs'].map((name) => exists(join(at, name))),
    )
    if (isBare.every(Boolean)) return at
    const above = dirname(at)
    if (above === at) return undefined
    at = above
  }
}
