import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RepositoryId } from '@sluice/contract/ids'
import { isGitError } from '@sluice/git/errors'
import { collectGarbage, dropHidden, keepHiddenStates, listHidden } from '@sluice/git/tidy'
import type { CoreDeps } from '../platform/index.ts'

const dayMs = 86_400_000

/** Lets go of what the engine holds of runs that ended so many days ago. @returns how many */
export async function forgetOldRuns(
  deps: Pick<CoreDeps, 'engine' | 'clock'>,
  days: number,
  signal: AbortSignal,
): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - days * dayMs)
  let total = 0
  while (!signal.aborted) {
    const forgotten = await deps.engine.forget(before)
    if (forgotten === 0) break
    total += forgotten
  }
  return total
}

/**
 * Deletes files of artifacts that no row names: their task was deleted, or a server died
 * between the file and its row. Those younger than a day may still get theirs.
 * @returns how many
 */
export async function sweepArtifacts(
  deps: Pick<CoreDeps, 'db' | 'clock' | 'folders'>,
  signal: AbortSignal,
): Promise<number> {
  const root = dirname(dirname(deps.folders.artifact('any')))
  let swept = 0
  for (const folder of await readdir(root)) {
    if (signal.aborted) break
    const names = await readdir(join(root, folder))
    if (names.length === 0) continue
    const named = await deps.db.querySystem<{ id: string }>(
      `select id from artifacts where id = any($1) union all select id from gate_results where id = any($1)
       union all select id from attachments where id = any($1)`,
      [names],
    )
    const keep = new Set(named.map(({ id }) => id))
    for (const name of names.filter((each) => !keep.has(each))) {
      const path = join(root, folder, name)
      const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (found === undefined || deps.clock.now().getTime() - found.mtimeMs < dayMs) continue
      await rm(path, { force: true })
      swept += 1
    }
  }
  return swept
}

/**
 * Lets go of trees in the shadows that belonged to deleted tasks and to states that nothing
 * will restore, and collects what nothing holds.
 * @returns how many refs went
 */
export async function tidyShadows(
  deps: Pick<CoreDeps, 'db' | 'folders' | 'log'>,
  signal: AbortSignal,
): Promise<number> {
  const root = dirname(deps.folders.shadow('any' as RepositoryId))
  let dropped = 0
  for (const name of await readdir(root)) {
    if (signal.aborted) break
    const shadow = join(root, name)
    try {
      const unused = await unusedRefs(deps, await listHidden(shadow, { signal }))
      if (unused.length > 0) dropped += await drop(deps, shadow, unused, signal)
      await collectGarbage(shadow, { signal })
    } catch (error) {
      // One that is broken, or just being made or removed, must not keep the others from their turn.
      if (!isGitError(error) || error.code === 'aborted') throw error
      deps.log.warn({ err: error, shadow: name }, 'a shadow repository could not be tidied')
    }
  }
  return dropped
}

async function drop(
  deps: Pick<CoreDeps, 'db'>,
  shadow: string,
  unused: string[],
  signal: AbortSignal,
): Promise<number> {
  await dropHidden(shadow, unused, { signal })
  // A state that was recorded again in this very moment has its old name; its objects are all there still.
  const unusedStill = new Set(await unusedRefs(deps, unused))
  const neededAgain = unused.filter((ref) => !unusedStill.has(ref))
  await keepHiddenStates(shadow, neededAgain, { signal })
  return unusedStill.size
}

/** Trees of tasks that are gone, and states that no task has to put back any more. */
async function unusedRefs(
  { db }: Pick<CoreDeps, 'db'>,
  names: readonly string[],
): Promise<string[]> {
  const ownerOf = (name: string) => /^(tasks|states)\/([^/]+)/.exec(name)?.slice(1, 3) ?? []
  const ids = (kind: string) =>
    names.flatMap((name) => (ownerOf(name)[0] === kind ? [ownerOf(name)[1]!] : []))
  const used = await db.querySystem<{ id: string }>(
    `select id from tasks where id = any($1)
     union all
     select working_state->>'id' from tasks where working_state->>'id' = any($2)`,
    [ids('tasks'), ids('states')],
  )
  const keep = new Set(used.map(({ id }) => id))
  return names.filter((name) => {
    const [, owner] = ownerOf(name)
    return owner !== undefined && !keep.has(owner)
  })
}
