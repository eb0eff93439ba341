import { basename } from 'node:path'
import { SluiceError } from '@sluice/contract/errors'
import { createId, type RepositoryId } from '@sluice/contract/ids'
import type { Repository, SandboxProviderName } from '@sluice/contract/repository'
import type { Tx } from '@sluice/db/database'
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import { addFoundGates, findGates, type FoundGate } from '../gates/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { readSettings } from '../settings/index.ts'
import { readFilesOfHead } from './files.ts'
import { resolveFolder } from './paths.ts'
import { requireRepository } from './queries.ts'
import { announceRepository, fromGitError, readStatus } from './status.ts'
import { repositories } from './tables.ts'

export interface NewRepository {
  id?: RepositoryId
  path: string
  name?: string
  kind?: Repository['kind']
  isSample?: boolean
  /** In place of those found in it. */
  gates?: FoundGate[]
}

/**
 * Adds a repository that lies on this machine, with the gates found in it.
 * @throws SluiceError not_a_repository, path_not_allowed, conflict (known already)
 */
export async function addRepository(
  deps: CoreDeps,
  scope: Scope,
  input: { path: string },
  signal?: AbortSignal,
): Promise<Repository> {
  const path = await resolveFolder(deps, input.path)
  return registerRepository(deps, scope, { path }, signal)
}

/** The part of adding that every way of getting a repository shares; the path is trusted. */
export async function registerRepository(
  deps: CoreDeps,
  scope: Scope,
  input: NewRepository,
  signal?: AbortSignal,
): Promise<Repository> {
  const id = input.id ?? createId('rep')
  const found = await inspect(deps, input.path, id, signal)
  return deps.db.scoped(scope, async (tx) => {
    const [taken] = await tx
      .select({ id: repositories.id, name: repositories.name })
      .from(repositories)
      .where(
        and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.path, input.path)),
      )
    if (taken !== undefined) {
      throw new SluiceError(
        'conflict',
        `This workspace has that folder already, as "${taken.name}".`,
        { details: { repositoryId: taken.id } },
      )
    }
    await tx.insert(repositories).values({
      id,
      workspaceId: scope.workspaceId,
      name: input.name ?? basename(input.path).replace(/\.git$/, ''),
      path: input.path,
      kind: input.kind ?? (found.status.isBare ? 'bare' : 'normal'),
      state: 'ready',
      defaultBranch: found.status.branch,
      status: found.status,
      isSample: input.isSample ?? false,
      createdAt: deps.clock.now(),
    })
    await addFoundGates(deps, tx, scope, id, input.gates ?? found.gates)
    announceRepository(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'repository.added',
      subjectType: 'repository',
      subjectId: id,
      details: { path: input.path },
    })
    return requireRepository(tx, scope, id)
  })
}

/** Status and gates of a folder, read before any row is written. @throws SluiceError not_a_repository */
export async function inspect(
  deps: CoreDeps,
  path: string,
  id: RepositoryId,
  signal?: AbortSignal,
) {
  try {
    const status = await readStatus(deps, path, signal)
    const gates =
      status.head === null ? [] : await findGates(await readFilesOfHead(deps, { id, path }, signal))
    return { status, gates }
  } catch (error) {
    throw fromGitError(error)
  }
}

export interface RepositoryChange {
  name?: string | undefined
  sandboxProvider?: SandboxProviderName | null | undefined
}

/** @throws SluiceError not_found, invalid_input (unsandboxed is not allowed in this workspace) */
export function updateRepository(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
  change: RepositoryChange,
): Promise<Repository> {
  return deps.db.scoped(scope, async (tx) => {
    const before = await requireRepository(tx, scope, repositoryId)
    if (
      change.sandboxProvider === 'worktree' &&
      !(await readSettings(tx, scope)).allowUnsandboxed
    ) {
      throw new SluiceError(
        'invalid_input',
        'This workspace does not allow commands without a sandbox. An admin can change that in the settings.',
        {
          details: { field: 'sandboxProvider' },
        },
      )
    }
    await tx
      .update(repositories)
      .set({
        name: change.name ?? before.name,
        sandboxProvider:
          change.sandboxProvider === undefined ? before.sandboxProvider : change.sandboxProvider,
      })
      .where(
        and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)),
      )
    await announceChange(tx, scope, repositoryId, 'repository.changed', { ...change })
    return requireRepository(tx, scope, repositoryId)
  })
}

/** Forgets a repository; its folder stays. @throws SluiceError not_found, wrong_state (sessions still use it) */
export function removeRepository(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const repository = await requireRepository(tx, scope, repositoryId)
    if (repository.runningSessions > 0) {
      throw new SluiceError(
        'wrong_state',
        `${repository.runningSessions} sessions still work on it. Complete or delete them first.`,
      )
    }
    await tx
      .delete(repositories)
      .where(
        and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)),
      )
    await announceChange(tx, scope, repositoryId, 'repository.removed', { path: repository.path })
  })
}

async function announceChange(
  tx: Tx,
  scope: Scope,
  id: RepositoryId,
  action: string,
  details: Record<string, unknown>,
): Promise<void> {
  announceRepository(tx, scope, id)
  await recordAudit(tx, scope, { action, subjectType: 'repository', subjectId: id, details })
}
