/** Keeping a shadow small: its hidden refs, and the objects that nothing holds any more. */

import { hiddenPrefix, hiddenRef, requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { CallOptions } from './types.ts'

/** Objects younger than this stay whatever happens: something may be about to refer to them. */
const GRACE = '2.weeks.ago'
const GC_TIMEOUT_MS = 10 * 60_000

/** Names of the hidden refs of a shadow, without `refs/sluice/`. */
export async function listHidden(shadowPath: string, options: CallOptions = {}): Promise<string[]> {
  const { stdout } = await runGit({
    ...options,
    gitDir: shadowPath,
    args: ['for-each-ref', '--format=%(refname)', hiddenPrefix],
  })
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(hiddenPrefix.length))
}

/** Removes hidden refs; one that is gone already is no error. */
export async function dropHidden(
  shadowPath: string,
  names: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  if (names.length === 0) return
  await runGit({
    ...options,
    gitDir: shadowPath,
    stdin: names.map((name) => `delete ${hiddenPrefix}${name}\0\0`).join(''),
    args: ['update-ref', '--stdin', '-z'],
  })
}

/** Makes hidden refs of recorded states again; a state's name is its object's id. */
export async function keepHiddenStates(
  shadowPath: string,
  names: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  for (const name of names) {
    const oid = requireOid(name.slice('states/'.length))
    await runGit({ ...options, gitDir: shadowPath, args: ['update-ref', hiddenRef(name), oid] })
  }
}

/**
 * Packs what is loose and deletes what no ref has held for two weeks, if there is so much of it that git would do it by
 * itself. Safe beside other commands; the user's objects are only borrowed and not looked at.
 */
export async function collectGarbage(
  shadowPath: string,
  options: CallOptions & {
    /** Loose objects from which on there is something to do; default 6,700, as git's own. */
    looseObjects?: number
  } = {},
): Promise<void> {
  const { looseObjects = 6_700, ...call } = options
  await runGit({
    timeoutMs: GC_TIMEOUT_MS,
    ...call,
    gitDir: shadowPath,
    config: { 'gc.auto': String(looseObjects), 'gc.pruneExpire': GRACE, 'gc.autoDetach': 'false' },
    args: ['gc', '--auto', '--quiet'],
  })
}
