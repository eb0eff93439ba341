/**
 * A git folder for looking only, so that `git status`, `diff`, `log` and `blame` work inside a sandbox. It is made
 * of plain files, borrows all objects, and is never read by a git command of ours. The sandbox binds it read-only.
 */

import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyIndexFile } from './index-file.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, Oid } from './types.ts'

/** More refs than this would make every git command inside slow. */
const MAX_REFS = 2_000

/** Variables for commands inside a sandbox: do not try to write the read-only folder, do not doubt its owner. */
export const SANDBOX_GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
}

export type LookInput = CallOptions & {
  shadow: ShadowFolder
  gitDir: string
  workTree: string
  indexFile: string
  branch: string
  /** Null: HEAD is a branch without a commit. */
  commit: Oid | null
  /** What `readLookRefs` gave a moment ago; read anew when left out. */
  refs?: readonly string[]
}

/** Writes the folder anew and points `WORKTREE/.git` at it. */
export async function writeLookGit(input: LookInput): Promise<void> {
  const { shadow, gitDir } = input
  await mkdir(join(gitDir, 'objects/info'), { recursive: true })
  await mkdir(join(gitDir, 'refs'), { recursive: true })
  await mkdir(join(gitDir, 'info'), { recursive: true })
  const isSha256 = shadow.objectFormat === 'sha256'
  await Promise.all([
    writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${input.branch}\n`),
    writeFile(
      join(gitDir, 'config'),
      `[core]\n\trepositoryformatversion = ${isSha256 ? 1 : 0}\n\tbare = false\n\tfilemode = true\n\thooksPath = /dev/null\n` +
        (isSha256 ? '[extensions]\n\tobjectFormat = sha256\n' : ''),
    ),
    writeFile(
      join(gitDir, 'objects/info/alternates'),
      shadow.objectDirs.map((path) => `${path}\n`).join(''),
    ),
    replace(join(gitDir, 'index'), (draft) => copyIndexFile(input.indexFile, draft)),
    writePackedRefs(input),
    ...['shallow', 'info/exclude'].map((name) =>
      copyFile(join(shadow.path, name), join(gitDir, name)).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
        },
      ),
    ),
  ])
  // Whatever a program put there goes; our own commands never look at it.
  const pointer = join(input.workTree, '.git')
  await rm(pointer, { recursive: true, force: true })
  await writeFile(pointer, `gitdir: ${gitDir}\n`)
}

/** The user's branches and tags, the newest first: `<oid> <name>` in latin1. */
export async function readLookRefs(
  shadow: ShadowFolder,
  options: CallOptions,
): Promise<readonly string[]> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: shadow.userGitDir,
    args: [
      'for-each-ref',
      '--sort=-creatordate',
      `--count=${MAX_REFS}`,
      '--format=%(objectname) %(refname)',
      'refs/heads/',
      'refs/remotes/',
      'refs/tags/',
    ],
  })
  return stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '')
}

/** The session's branch, and the user's branches and tags for comparing. */
async function writePackedRefs(input: LookInput): Promise<void> {
  const { gitDir, branch, commit, signal } = input
  const own = `refs/heads/${branch}`
  const refs = input.refs ?? (await readLookRefs(input.shadow, { signal }))
  const lines = refs.filter((line) => {
    const name = line.slice(line.indexOf(' ') + 1)
    // A ref that is a folder of another cannot stand beside it.
    return name !== own && !name.startsWith(`${own}/`) && !own.startsWith(`${name}/`)
  })
  const head = commit === null ? [] : [`${commit} ${Buffer.from(own).toString('latin1')}`]
  const text = [...head, ...lines].map((line) => `${line}\n`).join('')
  await replace(join(gitDir, 'packed-refs'), (draft) => writeFile(draft, text, 'latin1'))
}

async function replace(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  await write(`${path}.new`)
  await rename(`${path}.new`, path)
}
