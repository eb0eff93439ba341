/** Commits and trees of the shadow: resolving names, making commits. */

import { GitError, isGitError } from './errors.ts'
import { isOid, requireOid, requireRevision } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, CommitInput, Oid } from './types.ts'

export async function resolveCommit(
  folder: ShadowFolder,
  ref: string,
  options: CallOptions = {},
): Promise<Oid> {
  const revision = requireRevision(ref)
  try {
    // An id can be one of ours; a name is always the user's.
    if (isOid(revision)) return await revParse(folder.path, `${revision}^{commit}`, 'own', options)
    return await revParse(folder.userGitDir, `${revision}^{commit}`, 'user', options)
  } catch (error) {
    if (!isGitError(error) || !['bad_ref', 'missing_object', 'command_failed'].includes(error.code))
      throw error
    if (revision === 'HEAD' || revision === '@') {
      throw new GitError(
        'no_commit',
        'The repository has no commit yet. Make a first commit, then start again.',
        { cause: error },
      )
    }
    throw new GitError('bad_ref', `There is no commit ${JSON.stringify(ref)} in this repository.`, {
      stderr: error.stderr,
      details: { ref },
      cause: error,
    })
  }
}

export async function resolveTree(
  folder: ShadowFolder,
  treeish: Oid,
  options: CallOptions = {},
): Promise<Oid> {
  return revParse(folder.path, `${requireOid(treeish)}^{tree}`, 'own', options)
}

async function revParse(
  gitDir: string,
  text: string,
  trust: 'own' | 'user',
  options: CallOptions,
): Promise<Oid> {
  const { stdout } = await runGit({
    ...options,
    trust,
    gitDir,
    args: ['rev-parse', '--verify', '-q', '--end-of-options', text],
    okCodes: [0, 1],
  })
  const oid = stdout.toString('utf8').trim()
  if (!isOid(oid)) throw new GitError('bad_ref', `Not in the repository: ${text}`)
  return oid
}

export async function commitTree(folder: ShadowFolder, input: CommitInput): Promise<Oid> {
  const { tree, parents, message, author, committer, at, ...options } = input
  const date = `@${Math.floor(at.getTime() / 1000)} +0000`
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: message.endsWith('\n') ? message : `${message}\n`,
    config: { 'i18n.commitEncoding': 'UTF-8', 'commit.gpgSign': 'false' },
    env: {
      GIT_AUTHOR_NAME: cleanName(author.name),
      GIT_AUTHOR_EMAIL: cleanEmail(author.email),
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: cleanName(committer.name),
      GIT_COMMITTER_EMAIL: cleanEmail(committer.email),
      GIT_COMMITTER_DATE: date,
    },
    args: [
      'commit-tree',
      requireOid(tree),
      ...parents.flatMap((parent) => ['-p', requireOid(parent)]),
      '-F',
      '-',
    ],
  })
  return stdout.toString('utf8').trim()
}

/** Git refuses a name that has nothing left after its own cleaning of `<>`, line ends and outer dots. */
function cleanName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = name.replace(/[\x00-\x20<>]+/g, ' ').trim()
  return /[^\s.,:;"'\\]/.test(clean) ? clean : 'Unknown'
}

function cleanEmail(email: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return email.replace(/[\x00-\x20<>]+/g, '')
}
