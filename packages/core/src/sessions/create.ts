import { SluiceError } from '@sluice/contract/errors'
import {
  createId,
  type AttachmentId,
  type ProviderId,
  type RepositoryId,
} from '@sluice/contract/ids'
import type { Repository, SandboxProviderName } from '@sluice/contract/repository'
import type { Session, WorkspaceMode } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { branchNameFor } from '@sluice/git/branch-name'
import { isGitError } from '@sluice/git/errors'
import { readHeadNames } from '@sluice/git/in-place'
import { locate } from '@sluice/git/locate'
import { isBranchName } from '@sluice/git/refs'
import { listBranches } from '@sluice/git/status'
import type { Tx } from '@sluice/db/database'
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { chooseProvider } from '../providers/index.ts'
import { fromGitError, refreshRepository, requireRepository } from '../repositories/index.ts'
import { sampleTask } from '../sample/index.ts'
import { chooseSandbox } from '../sandboxes/index.ts'
import { readSettings } from '../settings/index.ts'
import { requireSession, requireTask } from './queries.ts'
import { enqueueTask } from './queue.ts'
import { sessions } from './tables.ts'
import { announceSession } from './transition.ts'

export interface NewSession {
  repositoryId: RepositoryId
  prompt: string
  attachmentIds?: AttachmentId[] | undefined
  title?: string | undefined
  baseBranch?: string | undefined
  branch?: string | undefined
  mode: WorkspaceMode
  providerId?: ProviderId | undefined
  modelId?: string | undefined
  sandboxProvider?: SandboxProviderName | undefined
}

/**
 * Starts a session with its first task.
 * @throws SluiceError not_found, unprocessable (no commit yet, no such branch), conflict (the
 * branch exists), provider_unavailable, sandbox_unavailable
 */
export async function createSession(
  deps: CoreDeps,
  scope: Scope,
  input: NewSession,
  signal?: AbortSignal,
): Promise<{ session: Session; task: Task }> {
  const [repository, settings] = await Promise.all([
    readCurrent(deps, scope, input.repositoryId, signal),
    deps.db.scoped(scope, (tx) => readSettings(tx, scope)),
  ])
  const base = await chooseBase(repository, input, signal)
  const sandboxProvider = await chooseSandbox(
    deps,
    settings,
    repository,
    input.sandboxProvider,
    signal,
  )
  const sample = sampleTask()
  const title =
    input.title ||
    (repository.isSample && input.prompt === sample.prompt ? sample.title : titleOf(input.prompt))
  return deps.db.scoped(scope, async (tx) => {
    const { provider, modelId } = await chooseProvider(deps, tx, scope, {
      providerId: input.providerId,
      modelId: input.modelId,
      isSample: repository.isSample,
    })
    const branch = await chooseBranch(tx, scope, repository, base, input, title)
    const now = deps.clock.now()
    const [row] = await tx
      .insert(sessions)
      .values({
        id: createId('ses'),
        workspaceId: scope.workspaceId,
        repositoryId: repository.id,
        title,
        status: 'provisioning',
        statusSince: now,
        baseBranch: base.branch,
        branch,
        mode: input.mode,
        sandboxProvider,
        providerId: provider.id,
        modelId,
        isRecorded: provider.kind === 'recording',
        createdBy: scope.actor,
        createdAt: now,
        lastActivityAt: now,
      })
      .returning()
    announceSession(tx, scope, row!, 'session.created')
    const task = await enqueueTask(deps, tx, scope, row!, {
      prompt: input.prompt,
      attachmentIds: input.attachmentIds,
      maxRounds: settings.maxFixRounds,
    })
    await recordAudit(tx, scope, {
      action: 'session.created',
      subjectType: 'session',
      subjectId: row!.id,
      details: { title, branch, mode: input.mode },
    })
    return {
      session: await requireSession(tx, scope, row!.id),
      task: await requireTask(tx, scope, task.id),
    }
  })
}

/** As it was read last where its HEAD is still there; reading it whole looks at every file. */
async function readCurrent(
  deps: CoreDeps,
  scope: Scope,
  id: RepositoryId,
  signal?: AbortSignal,
): Promise<Repository> {
  const known = await deps.db.scoped(scope, (tx) => requireRepository(tx, scope, id))
  const options = { signal, timeoutMs: 30_000 }
  const names =
    known.state === 'ready' && known.status !== null
      ? await locate(known.path, options)
          .then((located) => readHeadNames(located, options))
          .catch((error: unknown) => {
            if (isGitError(error) && error.code !== 'aborted') return undefined
            throw error
          })
      : undefined
  const isSame =
    names !== undefined &&
    names.head === known.status!.head?.sha &&
    names.headRef === (known.status!.branch && `refs/heads/${known.status!.branch}`)
  return isSame ? known : refreshRepository(deps, scope, id, signal)
}

interface Base {
  branch: string
  names: string[]
}

async function chooseBase(
  repository: Repository,
  input: NewSession,
  signal?: AbortSignal,
): Promise<Base> {
  if (repository.state !== 'ready' || repository.status === null) {
    throw new SluiceError(
      'unprocessable',
      `The repository cannot be used now: ${repository.problem ?? repository.state}.`,
    )
  }
  if (repository.status.head === null)
    throw new SluiceError(
      'unprocessable',
      'The repository has no commit yet. Make a first one, then start the session.',
    )
  if (repository.status.isBare && input.mode === 'in_place') {
    throw new SluiceError(
      'unprocessable',
      'A bare repository has no checkout to work in. Choose the isolated mode.',
    )
  }
  const branches = await listBranches(repository.path, { signal, timeoutMs: 30_000 }).catch(
    (error: unknown) => {
      throw fromGitError(error)
    },
  )
  const names = branches.filter(({ isRemote }) => !isRemote).map(({ name }) => name)
  if (input.mode === 'in_place') {
    const current = repository.status.branch
    if (current === null)
      throw new SluiceError(
        'unprocessable',
        'HEAD is detached. Check out a branch, or choose the isolated mode.',
      )
    if (input.baseBranch !== undefined && input.baseBranch !== current) {
      throw new SluiceError(
        'unprocessable',
        `In place the task works on the branch that is checked out, which is ${current}.`,
        { details: { field: 'baseBranch' } },
      )
    }
    return { branch: current, names }
  }
  const branch = input.baseBranch ?? repository.status.branch ?? repository.defaultBranch ?? 'HEAD'
  if (branch !== 'HEAD' && !names.includes(branch)) {
    throw new SluiceError('unprocessable', `There is no local branch "${branch}".`, {
      details: { field: 'baseBranch' },
    })
  }
  return { branch, names }
}

async function chooseBranch(
  tx: Tx,
  scope: Scope,
  repository: Repository,
  base: Base,
  input: NewSession,
  title: string,
): Promise<string> {
  if (input.mode === 'in_place') return base.branch
  const planned = await tx
    .select({ branch: sessions.branch })
    .from(sessions)
    .where(
      and(eq(sessions.workspaceId, scope.workspaceId), eq(sessions.repositoryId, repository.id)),
    )
  const existing = [...base.names, ...planned.map(({ branch }) => branch)]
  if (input.branch === undefined) return branchNameFor(title, { existing })
  if (existing.includes(input.branch)) {
    throw new SluiceError(
      'conflict',
      `The branch "${input.branch}" exists or another session uses it.`,
      { details: { field: 'branch' } },
    )
  }
  if (!isBranchName(input.branch)) {
    throw new SluiceError(
      'invalid_input',
      `Git does not allow "${input.branch}" as the name of a branch.`,
      { details: { field: 'branch' } },
    )
  }
  return input.branch
}

/** The first line of a prompt, short enough for a list. */
export function titleOf(prompt: string): string {
  const line = prompt.trim().split('\n', 1)[0]!.trim()
  return line.length <= 80 ? line : `${line.slice(0, 79).trimEnd()}…`
}
