import type { Gate } from '@sluice/contract/gate'
import type { RepositoryId } from '@sluice/contract/ids'
import { SluiceError } from '@sluice/contract/errors'
import { addFoundGates, findGates, listGateRows, toGate } from '../gates/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { readFilesOfHead } from './files.ts'
import { getRepository, requireRepository } from './queries.ts'
import { fromGitError } from './status.ts'

/** @throws SluiceError not_found */
export function listRepositoryGates(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
): Promise<Gate[]> {
  return deps.db.scoped(scope, async (tx) => {
    await requireRepository(tx, scope, repositoryId)
    return (await listGateRows(tx, scope, repositoryId)).map(toGate)
  })
}

/** Looks at HEAD for checks and adds those that are new. @throws SluiceError not_found, unprocessable (no commit yet) */
export async function findRepositoryGates(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
  signal?: AbortSignal,
): Promise<{ items: Gate[]; added: number }> {
  const repository = await getRepository(deps, scope, repositoryId)
  if (repository.status?.head == null) {
    throw new SluiceError(
      'unprocessable',
      'Gates are found in the last commit, and this repository has none yet. Commit something, then refresh it.',
    )
  }
  try {
    const found = await findGates(await readFilesOfHead(deps, repository, signal))
    return await deps.db.scoped(scope, async (tx) => {
      const added = await addFoundGates(deps, tx, scope, repositoryId, found)
      return { added, items: (await listGateRows(tx, scope, repositoryId)).map(toGate) }
    })
  } catch (error) {
    throw fromGitError(error)
  }
}
