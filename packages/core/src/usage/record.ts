import type { NewEvent } from '@sluice/contract/events'
import type { TaskId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import { and, eq, sql } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { sessions, tasks } from '../sessions/index.ts'
import { usage } from './tables.ts'

/** Counts the model calls among the events of a task, in the transaction that writes the events. */
export async function recordUsage(
  deps: Pick<CoreDeps, 'clock'>,
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
  events: readonly NewEvent[],
): Promise<void> {
  const calls = events.flatMap((event) => (event.type === 'usage.added' ? [event.payload] : []))
  if (calls.length === 0) return
  const sum = (pick: (call: (typeof calls)[number]) => number) =>
    calls.reduce((total, call) => total + pick(call), 0)
  const ofTask = and(eq(tasks.workspaceId, scope.workspaceId), eq(tasks.id, taskId))
  const [task] = await tx
    .select({
      sessionId: tasks.sessionId,
      repositoryId: tasks.repositoryId,
      person: tasks.createdBy,
    })
    .from(tasks)
    .innerJoin(sessions, eq(sessions.id, tasks.sessionId))
    .where(ofTask)
    // The session first, as everywhere: its deletion waits for us, or has come first.
    .for('key share', { of: sessions })
  // The session was deleted while its agent was at work.
  if (task === undefined) return
  await tx
    .update(tasks)
    .set({
      turns: sql`${tasks.turns} + ${calls.length}`,
      inputTokens: sql`${tasks.inputTokens} + ${sum((call) => call.inputTokens)}`,
      outputTokens: sql`${tasks.outputTokens} + ${sum((call) => call.outputTokens)}`,
      costMicros: sql`${tasks.costMicros} + ${sum((call) => call.costMicros ?? 0)}`,
      hasUnknownCost: sql`${tasks.hasUnknownCost} or ${calls.some((call) => call.costMicros === null)}`,
    })
    .where(ofTask)
  const at = deps.clock.now()
  await tx.insert(usage).values(
    calls.map(({ modelId, inputTokens, outputTokens, costMicros, durationMs }) => ({
      workspaceId: scope.workspaceId,
      sessionId: task.sessionId,
      repositoryId: task.repositoryId,
      personId: task.person.id,
      personName: task.person.name,
      modelId,
      inputTokens,
      outputTokens,
      costMicros,
      durationMs: durationMs ?? null,
      at,
    })),
  )
}
