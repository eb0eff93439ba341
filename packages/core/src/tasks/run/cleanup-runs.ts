import { RunId, SessionId, TaskId } from '@sluice/contract/ids'
import type { RunDefinition } from '@sluice/engine/types'
import { removeWorkspace } from '@sluice/git/workspace'
import { z } from 'zod'
import { systemScope, type CoreDeps } from '../../platform/index.ts'
import { requireRepository } from '../../repositories/index.ts'
import { requireSessionRow, requireTaskRow, sessionCleanupKind } from '../../sessions/index.ts'
import { taskCleanupKind } from '../cancel.ts'
import { dropCheckout } from './gate-round.ts'
import { releaseFiles } from './release-files.ts'
import { putBack } from './working-tree.ts'

const TaskCleanup = z.object({ taskId: TaskId, runId: RunId })

/** After a cancel: waits until the task's run has let go of the files, puts them back, lets the next task begin. */
export function taskCleanupRun(deps: CoreDeps): RunDefinition<z.infer<typeof TaskCleanup>, null> {
  return {
    kind: taskCleanupKind,
    input: TaskCleanup,
    start: 'direct',
    async execute(run, { taskId, runId }) {
      const scope = systemScope(run.workspaceId)
      await run.step('wait for the task to let go', async ({ signal }) => {
        await deps.engine.settled(scope, runId, { signal })
        return null
      })
      await run.step('put files back', async ({ signal, assertLive }) => {
        const { row, session, repository } = await deps.db.scoped(scope, async (tx) => {
          const found = await requireTaskRow(tx, scope, taskId)
          return {
            row: found,
            session: await requireSessionRow(tx, scope, found.sessionId),
            repository: await requireRepository(tx, scope, found.repositoryId),
          }
        })
        // Done before a crash: the files may be the next task's by now.
        if (!row.holdsFiles) return null
        const task = { deps, run, scope, taskId, startedBy: scope.actor }
        await assertLive()
        const plan = {
          sessionId: session.id,
          repositoryId: repository.id,
          repositoryPath: repository.path,
          mode: session.mode,
          baseTree: row.baseTree ?? '',
        }
        await putBack(task, plan, row.workingState, signal)
        await dropCheckout(task, signal)
        await deps.db.scoped(scope, (tx) =>
          releaseFiles(deps, tx, scope, { taskId, sessionId: session.id }),
        )
        return null
      })
      return null
    },
    async onEnded(tx, { workspaceId, input, error }) {
      if (input === undefined) return
      const scope = systemScope(workspaceId)
      const { sessionId } = await requireTaskRow(tx, scope, input.taskId)
      await releaseFiles(deps, tx, scope, {
        taskId: input.taskId,
        sessionId,
        problem: `The files could not be put back: ${error.message}`,
      })
    },
  }
}

const SessionCleanup = z.object({ sessionId: SessionId })

/** Removes what an ended session keeps on disk. The session's row may be gone already. */
export function sessionCleanupRun(
  deps: CoreDeps,
): RunDefinition<z.infer<typeof SessionCleanup>, null> {
  return {
    kind: sessionCleanupKind,
    input: SessionCleanup,
    start: 'direct',
    async execute(run, { sessionId }) {
      await run.step('remove working tree', async ({ signal }) => {
        await removeWorkspace(deps.folders.session(sessionId), { signal, timeoutMs: 10 * 60_000 })
        return null
      })
      return null
    },
  }
}
