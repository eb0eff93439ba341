/** Bringing a change back into the user's own checkout, around the user's own edits. */

import { locate, requireWorkTree } from './locate.ts'
import { mergeTrees } from './merge.ts'
import type { ShadowFolder } from './types.ts'
import { stateIndexFile } from './state-index.ts'
import type { CallOptions, MergeConflicts, Oid } from './types.ts'
import { writeTree } from './work-tree.ts'

export type ApplyInPlaceInput = CallOptions & {
  shadow: ShadowFolder
  workTree: string
  /** As `captureWorkingState` has just recorded it; nothing was changed since, or only by this same call. */
  state: { tree: Oid }
  /** The change to apply: from this tree … */
  base: Oid
  /** … to this one. */
  tree: Oid
}

/**
 * Writes the change from `base` to `tree` into the checkout; files that it does not touch, ignored ones and the user's
 * index stay as they are. Idempotent.
 * @returns where the user has edited what the change touches, in which case nothing was written
 */
export async function applyInPlace(input: ApplyInPlaceInput): Promise<MergeConflicts | undefined> {
  const { shadow, workTree: path, state, base, tree, ...options } = input
  const workTree = requireWorkTree(await locate(path, options))
  const merged = await mergeTrees(shadow, {
    ...options,
    base,
    ours: state.tree,
    theirs: tree,
    findRenames: false,
  })
  if (merged.tree === undefined) return merged.conflicts
  await writeTree({
    ...options,
    gitDir: shadow.path,
    workTree,
    indexFile: stateIndexFile(shadow, workTree),
    tree: merged.tree,
  })
  return undefined
}
