import { SluiceError } from '@sluice/contract/errors'
import type { RepositoryId } from '@sluice/contract/ids'
import type { Repository, RepositoryStatus } from '@sluice/contract/repository'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { isGitError, type GitErrorCode } from '@sluice/git/errors'
import { readRepositoryStatus } from '@sluice/git/status'
import { and, eq } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { requireRepository } from './queries.ts'
import { repositories } from './tables.ts'

const statusTimeoutMs = 30_000

/** What git says of a repository now. @throws GitError */
export async function readStatus(
  deps: Pick<CoreDeps, 'clock'>,
  path: string,
  signal?: AbortSignal,
): Promise<RepositoryStatus> {
  const status = await readRepositoryStatus(path, { signal, timeoutMs: statusTimeoutMs })
  const { staged, unstaged, untracked, conflicted } = status.counts
  return {
    readAt: deps.clock.now().toISOString(),
    branch: status.isDetached ? null : status.branch,
    head: status.head && {
      sha: status.head.sha,
      subject: status.head.subject,
      author: status.head.author.name,
      at: status.head.at,
    },
    isClean: status.isClean,
    changedFiles: staged + unstaged + untracked + conflicted,
    upstream: status.upstream,
    ahead: status.upstream === null ? null : status.ahead,
    behind: status.upstream === null ? null : status.behind,
    operation: status.operation,
    isBare: status.isBare,
    remotes: status.remotes.map(({ name }) => name),
  }
}

/** Turns an error of git into one that names what a person can do. */
export function fromGitError(error: unknown): unknown {
  if (!isGitError(error)) return error
  const message =
    error.stderr === '' ? error.message : `${error.message} Git said: ${error.stderr.slice(0, 500)}`
  const code = codes[error.code] ?? 'unprocessable'
  return new SluiceError(code, message, {
    details: { git: error.code, ...error.details },
    cause: error,
  })
}

const codes: Partial<Record<GitErrorCode, SluiceError['code']>> = {
  not_a_repository: 'not_a_repository',
  dubious_ownership: 'not_a_repository',
  unsupported_repository: 'not_a_repository',
  bad_ref: 'invalid_input',
  bad_name: 'invalid_input',
  bad_path: 'invalid_input',
  unsupported_url: 'invalid_input',
  protocol_not_permitted: 'invalid_input',
  operation_in_progress: 'repository_busy',
  repository_locked: 'repository_busy',
  path_not_found: 'not_found',
  file_too_large: 'too_large',
  output_too_large: 'too_large',
}

export function announceRepository(tx: Tx, scope: Scope, repositoryId: RepositoryId): void {
  append(tx, scope, `workspace:${scope.workspaceId}`, [
    { type: 'repository.changed', payload: { repositoryId } },
  ])
}

/**
 * Reads a repository again and stores what was found; a folder that is gone becomes the
 * state `missing`, not an error.
 * @throws SluiceError not_found
 */
export async function refreshRepository(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
  signal?: AbortSignal,
): Promise<Repository> {
  const before = await deps.db.scoped(scope, (tx) => requireRepository(tx, scope, repositoryId))
  if (before.state === 'cloning') return before
  const read = await readStatus(deps, before.path, signal).then(
    (status) => ({ status, state: 'ready' as const, problem: null }),
    (error: unknown) => {
      if (!isGitError(error)) throw error
      return { status: before.status, state: 'missing' as const, problem: error.message }
    },
  )
  return deps.db.scoped(scope, async (tx) => {
    await tx
      .update(repositories)
      .set(read)
      .where(
        and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)),
      )
    const after = await requireRepository(tx, scope, repositoryId)
    if (isDifferent(before, after)) announceRepository(tx, scope, repositoryId)
    return after
  })
}

function isDifferent(before: Repository, after: Repository): boolean {
  const seen = ({ state, problem, status }: Repository) =>
    JSON.stringify([state, problem, status && { ...status, readAt: '' }])
  return seen(before) !== seen(after)
}
