import type { StreamEvent } from '@sluice/contract/events'
import type { Task, TaskStatus } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'

/** Every event of a stream after a cursor, page by page. */
export async function readStream(
  client: Client,
  stream: string,
  after = 0,
): Promise<StreamEvent[]> {
  const all: StreamEvent[] = []
  for (let cursor = after; ;) {
    const page = await client.events.list({ stream, after: cursor, limit: 1000 })
    all.push(...(page.items as StreamEvent[]))
    if (page.items.length === 0) return all
    cursor = page.cursor
  }
}

/**
 * Waits on the session's stream until a task is in one of the states.
 * @throws Error when it has ended in another one
 */
export async function untilTask(
  client: Client,
  { id, sessionId }: Pick<Task, 'id' | 'sessionId'>,
  wanted: readonly TaskStatus[],
): Promise<Task> {
  const ends: readonly TaskStatus[] = [
    'completed',
    'rejected',
    'cancelled',
    'failed',
    'interrupted',
    'qa_failed',
    'waiting_approval',
  ]
  let after = (await client.events.list({ stream: `session:${sessionId}`, limit: 1 })).cursor
  for (;;) {
    const task = await client.tasks.get({ taskId: id })
    if (wanted.includes(task.status)) return task
    if (ends.includes(task.status) && !wanted.includes('completed'))
      throw new Error(
        `Task ${task.number} is ${task.status}: ${JSON.stringify(task.failure)} ${JSON.stringify(task.gates.map(({ name, status, outputTail }) => [name, status, outputTail.slice(-500)]))}`,
      )
    if (['failed', 'cancelled', 'rejected', 'interrupted'].includes(task.status))
      throw new Error(`Task ${task.number} is ${task.status}: ${JSON.stringify(task.failure)}`)
    // Each event wakes us, and only some of them are of what we wait for.
    for (let isTold = false; !isTold;) {
      const page = await client.events.list({
        stream: `session:${sessionId}`,
        after,
        waitSeconds: 10,
      })
      after = page.cursor
      if (page.items.length === 0) await requireCarried(client, id)
      isTold = page.items.some(({ type }) => type === 'task.changed')
    }
  }
}

/** A task that nothing happens to has a run that carries it. @throws Error when that has ended */
async function requireCarried(client: Client, taskId: Task['id']): Promise<void> {
  const { runId, number, status } = await client.tasks.get({ taskId })
  if (runId === null) return
  const run = await client.runs.get({ runId })
  const isOpen = ['queued', 'running', 'waiting'].includes(run.status)
  if (!isOpen && (await client.tasks.get({ taskId })).status === status)
    throw new Error(`Task ${number} is ${status} for ever: its run is ${run.status}`)
}

/** Waits until an event of a stream fits. */
export async function untilEvent<T>(
  client: Client,
  stream: string,
  pick: (event: StreamEvent) => T | undefined,
): Promise<T> {
  for (let after = 0; ;) {
    const page = await client.events.list({ stream, after, waitSeconds: 20 })
    for (const event of page.items as StreamEvent[]) {
      const found = pick(event)
      if (found !== undefined) return found
    }
    after = page.cursor
  }
}
