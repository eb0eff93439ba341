import type { ModelMessage } from '@sluice/llm/model'
import { and, desc, eq, isNotNull, lt } from 'drizzle-orm'
import { requireTaskRow, tasks } from '../../sessions/index.ts'
import type { TaskRun } from './task-run-context.ts'

/** Where a task's conversation stands before its run goes on. */
export interface Conversation {
  history: ModelMessage[]
  /** The last round of gates; -1 before the first. */
  round: number
  tree: string | null
  /** The agent has answered in this task before. */
  hasBegun: boolean
}

/** The session's conversation so far, or this task's own where it was begun before. */
export function readConversation({ deps, scope, taskId }: TaskRun): Promise<Conversation> {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireTaskRow(tx, scope, taskId)
    const { history, round, treeId: tree } = row
    if (history !== null) return { history, round, tree, hasBegun: true }
    const [last] = await tx
      .select({ history: tasks.history })
      .from(tasks)
      .where(
        and(
          eq(tasks.workspaceId, scope.workspaceId),
          eq(tasks.sessionId, row.sessionId),
          lt(tasks.number, row.number),
          isNotNull(tasks.history),
        ),
      )
      .orderBy(desc(tasks.number))
      .limit(1)
    return { history: last?.history ?? [], round: -1, tree, hasBegun: false }
  })
}
