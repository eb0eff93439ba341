import type { NewEvent } from '@sluice/contract/events'
import { createId, type SessionId, type TaskId } from '@sluice/contract/ids'
import { systemScope } from '@sluice/db/scope'
import { append } from '@sluice/events/log'
import type { TestDatabase } from '@sluice/testing/database'

export const rounds = 500

/** What an agent leaves in the log that looks at a file and says a word about it: six events. */
function round(taskId: TaskId, number: number): NewEvent[] {
  const messageId = createId('msg')
  const toolCallId = `call_${messageId}`
  return [
    { type: 'message.started', payload: { taskId, messageId, attempt: 1 } },
    {
      type: 'message.text',
      payload: { messageId, kind: 'text', text: `Thought number ${number},\n\n` },
    },
    {
      type: 'message.text',
      payload: { messageId, kind: 'text', text: 'then a *look* at `tool.sh`.' },
    },
    { type: 'message.ended', payload: { messageId } },
    {
      type: 'tool.started',
      payload: {
        taskId,
        toolCallId,
        attempt: 1,
        name: 'read_file',
        title: 'Read tool.sh',
        input: { path: 'tool.sh' },
      },
    },
    {
      type: 'tool.ended',
      payload: {
        toolCallId,
        status: 'ok',
        summary: `Read tool.sh · look ${number}`,
        output: '1\t#!/bin/sh\n2\ttrue',
        artifactId: null,
        exitCode: null,
        durationMs: 3,
      },
    },
  ]
}

/**
 * Writes 3,000 events into a session's stream, as an agent does in hours of work: through the log itself, since
 * what is looked at here is the page.
 */
export async function writeLongTimeline(
  { db }: TestDatabase,
  { workspaceId, sessionId, taskId }: { workspaceId: string; sessionId: SessionId; taskId: TaskId },
): Promise<void> {
  const scope = systemScope(workspaceId)
  for (let from = 0; from < rounds; from += 100) {
    const events = Array.from({ length: 100 }, (_, at) => round(taskId, from + at + 1)).flat()
    await db.scoped(scope, async (tx) => append(tx, scope, `session:${sessionId}`, events))
  }
}
