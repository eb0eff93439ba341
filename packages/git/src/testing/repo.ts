/** Real git repositories in temporary folders, for tests and measurements. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unmount } from '../overlay.ts'
import { readdirSync } from 'node:fs'

/** What `git` gets in tests: a person, and nothing of the machine's own settings. */
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
  GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
}

/** Runs git in a folder the way a user would. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A temporary folder that unmounts and deletes itself. */
export type TempFolder = AsyncDisposable & { path: string }

export function tempFolder(): TempFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-git-')))
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      for (const name of readdirSync(path)) await unmount(join(path, name, 'tree'))
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Writes files by relative path. */
export function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** A repository on branch `main` with one commit of the given files (none: no commit). */
export function makeRepository(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>> = { 'a.txt': 'one\n' },
): string {
  mkdirSync(path, { recursive: true })
  git(path, 'init', '-q', '-b', 'main')
  if (Object.keys(files).length > 0) {
    write(path, files)
    git(path, 'add', '-A', '-f')
    git(path, 'commit', '-q', '-m', 'first')
  }
  return path
}
