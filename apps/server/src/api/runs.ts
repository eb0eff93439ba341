import { SluiceError } from '@sluice/contract/errors'
import type { RunId } from '@sluice/contract/ids'
import type { Run } from '@sluice/contract/run'
import { listInbox, snoozeInboxItem } from '@sluice/core/inbox'
import { readArtifact } from '@sluice/core/tasks'
import { listRuns, listSteps, requireRun } from '@sluice/engine/queries'
import type { RunRow } from '@sluice/engine/types'
import { readEventsPage } from '../http/event-access.ts'
import type { ScopedContext } from '../http/context.ts'
import { done, toFile } from './answers.ts'
import { scoped } from './operations.ts'

const { runs, events, inbox } = scoped

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    kind: row.kind,
    subjectType: row.subjectType,
    subjectId: row.subjectId,
    status: row.status,
    error: row.error,
    priority: row.priority,
    forkedFrom: row.forkedFrom,
    workerId: row.workerId,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

const readRun = ({ server, scope }: ScopedContext, runId: RunId) =>
  server.core.db.scoped(scope, async (tx) => toRun(await requireRun(tx, scope, runId)))

// A task's state and its run move together; a run taken out of the task's hands would leave it behind.
async function requireFreeRun(context: ScopedContext, runId: RunId, verb: string): Promise<void> {
  const run = await readRun(context, runId)
  if (run.kind === 'task')
    throw new SluiceError('wrong_state', `This run carries a task. ${verb} the task itself.`, {
      details: { taskId: run.subjectId },
    })
}

export const runOperations = {
  list: runs.list.handler(({ context, input }) =>
    context.server.core.db.scoped(context.scope, async (tx) => {
      const { status, ...query } = input
      const page = await listRuns(tx, context.scope, { ...query, statuses: status && [status] })
      return { ...page, items: page.items.map(toRun) }
    }),
  ),
  get: runs.get.handler(({ context, input }) => readRun(context, input.runId)),
  steps: runs.steps.handler(({ context, input }) =>
    context.server.core.db.scoped(context.scope, async (tx) => {
      await requireRun(tx, context.scope, input.runId)
      const steps = await listSteps(tx, context.scope, input.runId)
      return {
        items: steps.map(({ position, name, attempt, status, startedAt, endedAt, error }) => ({
          position,
          name,
          attempt,
          status,
          startedAt: startedAt.toISOString(),
          endedAt: endedAt?.toISOString() ?? null,
          error: error?.message ?? null,
        })),
      }
    }),
  ),
  cancel: runs.cancel.handler(async ({ context, input }) => {
    await requireFreeRun(context, input.runId, 'Cancel')
    await context.server.core.db.scoped(context.scope, (tx) =>
      context.server.engine.cancel(
        tx,
        context.scope,
        input.runId,
        `cancelled by ${context.scope.actor.name}`,
      ),
    )
    return readRun(context, input.runId)
  }),
  replay: runs.replay.handler(async ({ context, input }) => {
    await requireFreeRun(context, input.runId, 'Continue')
    await context.server.core.db.scoped(context.scope, (tx) =>
      context.server.engine.replay(tx, context.scope, input.runId),
    )
    return readRun(context, input.runId)
  }),
  fork: runs.fork.handler(async ({ context, input }) => {
    await requireFreeRun(context, input.runId, 'Retry')
    const { runId, fromStep } = input
    const forked = await context.server.core.db.scoped(context.scope, (tx) =>
      context.server.engine.fork(tx, context.scope, runId, { fromStep }),
    )
    return readRun(context, forked)
  }),
  artifact: runs.artifact.handler(async ({ context, input }) =>
    toFile(await readArtifact(context.server.core, context.scope, input.artifactId)),
  ),
}

export const eventOperations = {
  list: events.list.handler(({ context, input }) =>
    readEventsPage(context.server, context.scope, input, context.signal),
  ),
}

export const inboxOperations = {
  list: inbox.list.handler(({ context, input }) =>
    listInbox(context.server.core, context.scope, input),
  ),
  snooze: inbox.snooze.handler(({ context, input }) =>
    done(snoozeInboxItem(context.server.core, context.scope, input)),
  ),
}
