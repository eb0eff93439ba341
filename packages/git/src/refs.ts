/** Names of refs and ids, checked before they reach a command line. Pure. */

import { GitError } from './errors.ts'
import type { Oid } from './types.ts'

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

export function isOid(text: string): boolean {
  return OID.test(text)
}

/** @throws GitError `bad_ref` */
export function requireOid(text: string): Oid {
  if (!isOid(text))
    throw new GitError('bad_ref', `Not a full object id: ${JSON.stringify(text.slice(0, 100))}`)
  return text
}

/**
 * Whether a name can be a branch, by the rules of git-check-ref-format(1) and `git branch` (no leading dash, not HEAD).
 */
export function isBranchName(name: string): boolean {
  if (
    name === '' ||
    name === 'HEAD' ||
    name === '@' ||
    name.startsWith('-') ||
    Buffer.byteLength(name) > 200
  )
    return false
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|^\/|\/$/.test(name)) return false
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}

/** The branch's full ref. @throws GitError `bad_name` */
export function branchRef(name: string): string {
  if (!isBranchName(name)) {
    throw new GitError(
      'bad_name',
      `Not a valid branch name: ${JSON.stringify(name.slice(0, 200))}`,
      { details: { name } },
    )
  }
  return `refs/heads/${name}`
}

/** What every hidden ref of ours begins with. */
export const hiddenPrefix = 'refs/sluice/'

/** A hidden ref of ours. @throws GitError `bad_name` */
export function hiddenRef(name: string): string {
  if (!isBranchName(name))
    throw new GitError('bad_name', `Not a valid ref name: ${JSON.stringify(name.slice(0, 200))}`)
  return `${hiddenPrefix}${name}`
}

/**
 * A revision that came from outside (a page, a script): must not be read as an option, a range or a path. Spaces,
 * `@{u}`, `~2` and the like are git's own language and pass.
 * @throws GitError `bad_ref`
 */
export function requireRevision(ref: string): string {
  if (
    ref === '' ||
    ref.length > 1_000 ||
    ref.startsWith('-') ||
    ref.includes('..') ||
    /[\0\n:]/.test(ref)
  ) {
    throw new GitError('bad_ref', `Not a revision: ${JSON.stringify(ref.slice(0, 200))}`, {
      details: { ref },
    })
  }
  return ref
}
