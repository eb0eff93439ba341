import { SluiceError } from '@sluice/contract/errors'
import { createId, RepositoryId } from '@sluice/contract/ids'
import type { Repository } from '@sluice/contract/repository'
import type { RunDefinition } from '@sluice/engine/types'
import {
  cloneRepository as gitClone,
  requireSafeUrl,
  type TransferProgress,
} from '@sluice/git/clone'
import { rm } from 'node:fs/promises'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { recordAudit } from '../audit/index.ts'
import { addFoundGates } from '../gates/index.ts'
import { createEmitter, systemScope, type CoreDeps, type Scope } from '../platform/index.ts'
import { inspect } from './add.ts'
import { requireRepository } from './queries.ts'
import { announceRepository, fromGitError } from './status.ts'
import { repositories } from './tables.ts'

const cloneTimeoutMs = 60 * 60_000

/** Starts a clone; the repository exists at once in the state `cloning`. @throws SluiceError invalid_input */
export async function cloneRepository(
  deps: CoreDeps,
  scope: Scope,
  input: { url: string; name?: string | undefined },
): Promise<Repository> {
  let url: string
  try {
    url = requireSafeUrl(input.url).url
  } catch (error) {
    throw fromGitError(error)
  }
  const id = createId('rep')
  return deps.db.scoped(scope, async (tx) => {
    const runId = await deps.engine.start(tx, scope, {
      kind: 'repository.clone',
      input: { repositoryId: id, url },
      subject: { type: 'repository', id },
    })
    await tx.insert(repositories).values({
      id,
      workspaceId: scope.workspaceId,
      name: input.name ?? nameFromUrl(url),
      path: deps.folders.clones(id),
      url: url.replace(/\/\/[^/@]*@/, '//'),
      kind: 'normal',
      state: 'cloning',
      cloneRunId: runId,
      createdAt: deps.clock.now(),
    })
    announceRepository(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'repository.cloned',
      subjectType: 'repository',
      subjectId: id,
      details: {},
    })
    return requireRepository(tx, scope, id)
  })
}

const nameFromUrl = (url: string): string =>
  url
    .replace(/[/\\]+$/, '')
    .split(/[/:\\]/)
    .at(-1)
    ?.replace(/\.git$/, '') || 'repository'

/** @throws SluiceError not_found, wrong_state (it is not being cloned) */
export function cancelClone(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .select({ state: repositories.state, runId: repositories.cloneRunId })
      .from(repositories)
      .where(
        and(eq(repositories.workspaceId, scope.workspaceId), eq(repositories.id, repositoryId)),
      )
    await requireRepository(tx, scope, repositoryId)
    if (row?.state !== 'cloning' || row.runId === null)
      throw new SluiceError('wrong_state', 'This repository is not being cloned.')
    await deps.engine.cancel(tx, scope, row.runId, 'cancelled by a person')
  })
}

const CloneInput = z.object({ repositoryId: RepositoryId, url: z.string() })

export function cloneRun(deps: CoreDeps): RunDefinition<z.infer<typeof CloneInput>, null> {
  return {
    kind: 'repository.clone',
    input: CloneInput,
    start: 'direct',
    timeoutMs: cloneTimeoutMs,
    async execute(run, { repositoryId, url }) {
      const scope = systemScope(run.workspaceId)
      await run.step('clone', async ({ signal }) => {
        const destination = deps.folders.clones(repositoryId)
        // What an earlier attempt left is of no use: git cannot go on with half a clone.
        await rm(destination, { recursive: true, force: true })
        const emitter = createEmitter(deps, scope, `workspace:${run.workspaceId}`, signal)
        let toldAt = 0
        await gitClone({
          url,
          destination,
          signal,
          timeoutMs: cloneTimeoutMs,
          onProgress: (progress) => {
            const now = deps.clock.now().getTime()
            if (now - toldAt < 250) return
            toldAt = now
            emitter.emit({
              type: 'repository.progress',
              payload: {
                repositoryId,
                phase: progress.phase,
                percent: progress.percent,
                text: describe(progress),
              },
            })
          },
        })
        await emitter.flush()
        return null
      })
      await run.step('register', async ({ signal }) => {
        const found = await inspect(deps, deps.folders.clones(repositoryId), repositoryId, signal)
        await deps.db.scoped(scope, async (tx) => {
          await tx
            .update(repositories)
            .set({
              state: 'ready',
              problem: null,
              status: found.status,
              defaultBranch: found.status.branch,
            })
            .where(
              and(
                eq(repositories.workspaceId, scope.workspaceId),
                eq(repositories.id, repositoryId),
              ),
            )
          await addFoundGates(deps, tx, scope, repositoryId, found.gates)
          announceRepository(tx, scope, repositoryId)
        })
        return null
      })
      return null
    },
    async onEnded(tx, { workspaceId, input, status, error }) {
      if (input === undefined) return
      const scope = systemScope(workspaceId)
      await tx
        .update(repositories)
        .set({
          state: 'failed',
          problem: status === 'cancelled' ? 'The clone was cancelled.' : error.message,
        })
        .where(
          and(
            eq(repositories.workspaceId, workspaceId),
            eq(repositories.id, input.repositoryId),
            eq(repositories.state, 'cloning'),
          ),
        )
      announceRepository(tx, scope, input.repositoryId)
    },
  }
}

function describe({ phase, percent, bytesPerSecond }: TransferProgress): string {
  const name = phase.charAt(0).toUpperCase() + phase.slice(1)
  const share = percent === null ? '' : `: ${percent} %`
  const rate = bytesPerSecond === null ? '' : `, ${(bytesPerSecond / 1_000_000).toFixed(1)} MB/s`
  return `${name}${share}${rate}`
}
