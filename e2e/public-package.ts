import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The repository of a person who works on a public package, with work of their own lying in it. */
export interface UserRepository {
  path: string
  /** The commit that the person made. */
  first: string
  /** Runs git as the person would. @returns its output without the last line break */
  git(this: void, ...args: string[]): string
  /** What the person left uncommitted and how git is set up there: none of it is anyone else's to change. */
  ownWork(): Record<string, string>
}

const someone = {
  GIT_AUTHOR_NAME: 'Grace',
  GIT_AUTHOR_EMAIL: 'grace@example.com',
  GIT_COMMITTER_NAME: 'Grace',
  GIT_COMMITTER_EMAIL: 'grace@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
}

/**
 * Makes a repository of path-parse 1.0.6 (npm, MIT), source and test suite as its authors published them, and
 * leaves a changed, a staged, an untracked and an ignored file in it. Its last release lies in `node_modules`,
 * as where a package is compared with the one before.
 */
export function createUserRepository(path: string): UserRepository {
  const published = dirname(createRequire(import.meta.url).resolve('path-parse/package.json'))
  cpSync(published, path, { recursive: true, dereference: true })
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: path, ...someone },
    }).trimEnd()
  const write = (file: string, text: string) => writeFileSync(join(path, file), text)
  const read = (file: string) => readFileSync(join(path, file), 'utf8')
  write('.gitignore', 'node_modules/\n*.log\n')
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Grace of this repository')
  git('config', 'user.email', 'grace@example.com')
  git('config', 'core.hooksPath', '.no-hooks')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'path-parse 1.0.6')

  cpSync(published, join(path, 'node_modules/path-parse'), { recursive: true, dereference: true })
  write('README.md', `${read('README.md')}\nHalf a sentence of my\n`)
  mkdirSync(join(path, 'ideas'))
  write('ideas/next steps.txt', 'ask Ada\n')
  write('debug.log', 'line\n')
  write('CHANGES', 'to be staged\n')
  git('add', 'CHANGES')
  return {
    path,
    first: git('rev-parse', 'HEAD'),
    git,
    ownWork: () => ({
      status: git('status', '--porcelain'),
      staged: git('diff', '--cached'),
      unstaged: git('diff'),
      untracked: read('ideas/next steps.txt'),
      ignored: read('debug.log'),
      config: read('.git/config'),
    }),
  }
}
