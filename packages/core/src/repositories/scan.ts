import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import type { RunId } from '@sluice/contract/ids'
import type { ScanState } from '@sluice/contract/repository'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import type { RunDefinition } from '@sluice/engine/types'
import { discoverRepositories } from '@sluice/git/discover'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { createEmitter, systemScope, type CoreDeps, type Scope } from '../platform/index.ts'
import { isInside, resolveFolder } from './paths.ts'
import { recallScan, rememberScan } from './scan-memory.ts'
import { repositories, repositoryScans } from './tables.ts'

const idle: ScanState = {
  state: 'idle',
  roots: [],
  foldersVisited: 0,
  found: [],
  problem: null,
  startedAt: null,
  endedAt: null,
}
const foundLimit = 5_000

/** How the newest scan stands; what it found is marked where the workspace has it already. */
export function getScan(deps: CoreDeps, scope: Scope): Promise<ScanState> {
  return deps.db.scoped(scope, (tx) => readScan(tx, scope))
}

async function readScan(tx: Tx, scope: Scope): Promise<ScanState> {
  const [row] = await tx
    .select()
    .from(repositoryScans)
    .where(eq(repositoryScans.workspaceId, scope.workspaceId))
  if (row === undefined) return idle
  const known = await tx
    .select({ id: repositories.id, path: repositories.path })
    .from(repositories)
    .where(eq(repositories.workspaceId, scope.workspaceId))
  const idByPath = new Map(known.map(({ id, path }) => [path, id]))
  return {
    state: row.state,
    roots: row.roots,
    foldersVisited: row.foldersVisited,
    found: row.found.map((found) => ({ ...found, repositoryId: idByPath.get(found.path) ?? null })),
    problem: row.problem,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

/** Looks for repositories below folders; a scan that is still going is replaced. @throws SluiceError path_not_allowed */
export async function startScan(
  deps: CoreDeps,
  scope: Scope,
  input: { roots: string[] },
): Promise<ScanState> {
  const roots = await Promise.all(input.roots.map((root) => resolveFolder(deps, root)))
  return deps.db.scoped(scope, async (tx) => {
    await stopScan(deps, tx, scope)
    const runId = await deps.engine.start(tx, scope, { kind: 'repository.scan', input: { roots } })
    const fresh = {
      runId,
      roots,
      state: 'scanning' as const,
      foldersVisited: 0,
      found: [],
      problem: null,
      startedAt: deps.clock.now(),
      endedAt: null,
    }
    await tx
      .insert(repositoryScans)
      .values({ workspaceId: scope.workspaceId, ...fresh })
      .onConflictDoUpdate({ target: repositoryScans.workspaceId, set: fresh })
    await announce(tx, scope)
    return readScan(tx, scope)
  })
}

/** Stops the scan that is going, if one is. */
export function cancelScan(deps: CoreDeps, scope: Scope): Promise<ScanState> {
  return deps.db.scoped(scope, async (tx) => {
    await stopScan(deps, tx, scope)
    await announce(tx, scope)
    return readScan(tx, scope)
  })
}

async function stopScan(deps: CoreDeps, tx: Tx, scope: Scope): Promise<void> {
  const [row] = await tx
    .update(repositoryScans)
    .set({ state: 'cancelled', endedAt: deps.clock.now() })
    .where(
      and(
        eq(repositoryScans.workspaceId, scope.workspaceId),
        eq(repositoryScans.state, 'scanning'),
      ),
    )
    .returning({ runId: repositoryScans.runId })
  if (row !== undefined) await deps.engine.cancel(tx, scope, row.runId, 'the scan was stopped')
}

async function announce(tx: Tx, scope: Scope): Promise<void> {
  const { found, ...state } = await readScan(tx, scope)
  append(tx, scope, `workspace:${scope.workspaceId}`, [
    { type: 'scan.changed', payload: { ...state, foundCount: found.length } },
  ])
}

const ScanInput = z.object({ roots: z.array(z.string()) })

export function scanRun(deps: CoreDeps): RunDefinition<z.infer<typeof ScanInput>, null> {
  return {
    kind: 'repository.scan',
    input: ScanInput,
    start: 'direct',
    timeoutMs: 30 * 60_000,
    async execute(run, { roots }) {
      const scope = systemScope(run.workspaceId)
      await run.step('discover', async ({ signal }) => {
        const emitter = createEmitter(deps, scope, `workspace:${run.workspaceId}`, signal)
        const startedAt = deps.clock.now().toISOString()
        let toldAt = deps.clock.now().getTime()
        const result = await discoverRepositories(roots, {
          signal,
          previous: await recallScan(deps, run.workspaceId, roots),
          onProgress: ({ foldersSeen, repositoriesFound }) => {
            const now = deps.clock.now().getTime()
            if (now - toldAt < 250) return
            toldAt = now
            const payload = {
              state: 'scanning' as const,
              roots,
              foldersVisited: foldersSeen,
              foundCount: repositoriesFound,
              problem: null,
              startedAt,
              endedAt: null,
            }
            emitter.emit({ type: 'scan.changed', payload })
          },
        })
        await rememberScan(deps, run.workspaceId, roots, result.snapshot)
        await emitter.flush()
        // Clones and working trees of every workspace lie in the data folder; none is anybody's find.
        const ownFolder = await realpath(deps.folders.root)
        const repositories = result.repositories.filter(({ path }) => !isInside(ownFolder, path))
        const found = repositories.slice(0, foundLimit).map(({ path, kind }) => ({
          path,
          kind,
          name: basename(path).replace(/\.git$/, ''),
          repositoryId: null,
        }))
        const end = {
          state: 'done' as const,
          foldersVisited: result.foldersSeen,
          found,
          problem: problemOf({ ...result, repositories }, found.length),
        }
        await deps.db.scoped(scope, (tx) => endScan(deps, tx, scope, run.runId, end))
        return null
      })
      return null
    },
    async onEnded(tx, { workspaceId, runId, status, error }) {
      if (status !== 'cancelled')
        await endScan(deps, tx, systemScope(workspaceId), runId, {
          state: 'failed',
          problem: error.message,
        })
    },
  }
}

function problemOf(
  result: { repositories: unknown[]; unreadable: { path: string; code: string }[] },
  shown: number,
): string | null {
  const parts = []
  if (result.unreadable.length > 0)
    parts.push(
      `${result.unreadable.length} folders could not be read, the first is ${result.unreadable[0]!.path}.`,
    )
  if (result.repositories.length > shown)
    parts.push(`Only the first ${shown} of ${result.repositories.length} repositories are listed.`)
  return parts.length === 0 ? null : parts.join(' ')
}

type ScanEnd = Partial<
  Pick<typeof repositoryScans.$inferInsert, 'foldersVisited' | 'found' | 'problem'>
> & { state: 'done' | 'failed' }

async function endScan(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  runId: RunId,
  end: ScanEnd,
): Promise<void> {
  await tx
    .update(repositoryScans)
    .set({ ...end, endedAt: deps.clock.now() })
    .where(
      and(
        eq(repositoryScans.workspaceId, scope.workspaceId),
        eq(repositoryScans.runId, runId),
        eq(repositoryScans.state, 'scanning'),
      ),
    )
  await announce(tx, scope)
}
