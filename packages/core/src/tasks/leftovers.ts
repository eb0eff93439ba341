import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unmount } from '@sluice/git/overlay'
import { isGitError } from '@sluice/git/errors'
import { baseOfWorkspace, pruneBases, removeWorkspace } from '@sluice/git/workspace'
import type { RepositoryId, SessionId } from '@sluice/contract/ids'
import type { CoreDeps } from '../platform/index.ts'
import { taskRunKind } from '../sessions/index.ts'
import { taskCleanupKind } from './cancel.ts'

const removeTimeoutMs = 120_000

/**
 * Removes clean checkouts that nobody will use again: of tasks and gate trials whose run has
 * ended or is gone. A run that will be taken up again keeps its own.
 * @returns how many were removed
 */
export async function removeLeftoverCheckouts(
  deps: CoreDeps,
  signal: AbortSignal,
): Promise<number> {
  const root = dirname(deps.folders.gates('any'))
  const names = await readdir(root)
  if (names.length === 0) return 0
  const used = await deps.db.querySystem<{ owner: string }>(
    // A task's own run uses its checkout, and so does the one that removes it after a cancel.
    `select case when kind = any($2) then subject_id else id end as owner from runs
     where status in ('queued', 'running', 'waiting') and (id = any($1) or subject_id = any($1))`,
    [names, [taskRunKind, taskCleanupKind]],
  )
  const keep = new Set(used.map(({ owner }) => owner))
  const unused = names.filter((name) => !keep.has(name))
  for (const name of unused)
    await removeWorkspace(deps.folders.gates(name), { signal, timeoutMs: removeTimeoutMs })
  return unused.length
}

/**
 * Unmounts every working tree when the server ends, so that its data folder is plain files
 * again: it can be backed up, moved or deleted. They are mounted again when they are needed.
 */
export async function unmountWorkingTrees(deps: Pick<CoreDeps, 'folders'>): Promise<void> {
  for (const path of await listWorkingTrees(deps))
    await unmount(join(path, 'tree'), { timeoutMs: 10_000 })
}

/** Newest cached checkouts of a repository that stay though nothing stands on them: the next session starts on one. */
const keptBases = 2

/** Deletes cached checkouts that no working tree stands on any more. @returns how many */
export async function pruneCachedCheckouts(deps: Pick<CoreDeps, 'folders'>): Promise<number> {
  const inUse: string[] = []
  for (const path of await listWorkingTrees(deps)) {
    const base = await baseOfWorkspace(path).catch((error: unknown) => {
      // One that is just being made or removed stands on a recently used base, which is kept.
      if (isGitError(error, 'workspace_lost')) return null
      throw error
    })
    if (base !== null) inUse.push(base)
  }
  let pruned = 0
  const shadows = dirname(deps.folders.shadow('any' as RepositoryId))
  for (const name of await readdir(shadows)) {
    pruned += (await pruneBases({ shadowPath: join(shadows, name), inUse, keep: keptBases })).length
  }
  return pruned
}

async function listWorkingTrees(deps: Pick<CoreDeps, 'folders'>): Promise<string[]> {
  const roots = [
    dirname(deps.folders.session('any' as SessionId)),
    dirname(deps.folders.gates('any')),
  ]
  const names = await Promise.all(roots.map((root) => readdir(root)))
  return roots.flatMap((root, index) => names[index]!.map((name) => join(root, name)))
}
