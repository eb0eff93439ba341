import type { StreamEvent } from '@sluice/contract/events'
import type { Task, TaskStatus } from '@sluice/contract/task'
import { tail } from '@sluice/sdk/tail'
import type { ServerContext } from './context.ts'
import { watchConnection } from './watch-connection.ts'

const resting: readonly TaskStatus[] = [
  'waiting_approval',
  'qa_failed',
  'completed',
  'cancelled',
  'interrupted',
  'failed',
]

/** What the follower knows of a task from its newest event. */
export type TaskFacts = Pick<Task, 'status' | 'detail' | 'failure'>

/**
 * Whether a task goes on by itself. A rejected one still puts files back while it has a detail;
 * an approved one commits unless that failed.
 */
export function isAtRest({ status, detail, failure }: TaskFacts): boolean {
  if (status === 'rejected') return detail === ''
  if (status === 'approved') return failure !== null
  return resting.includes(status)
}

export interface FollowOptions {
  task: Pick<Task, 'id' | 'sessionId'>
  /** The session's cursor from before what is waited for was asked for. */
  after: number
  onEvent: (event: StreamEvent) => void
  onConnection: (text: string) => void
  signal: AbortSignal
}

type IsLanded = (landing: Task['landing']) => boolean

/**
 * Follows a session's stream until an event ends it, and reads the task.
 * @throws ApiError, CommandError unreachable (the server was gone for too long); the signal's reason
 */
async function follow(
  { client, live }: Pick<ServerContext, 'client' | 'live'>,
  options: FollowOptions,
  isOver: (event: StreamEvent) => boolean,
): Promise<Task> {
  using connection = watchConnection(live(), options.onConnection)
  const signal = AbortSignal.any([options.signal, connection.signal])
  const { task, after } = options
  for await (const event of tail(live(), `session:${task.sessionId}`, after, signal)) {
    options.onEvent(event)
    if (isOver(event)) break
  }
  signal.throwIfAborted()
  return client.tasks.get({ taskId: task.id })
}

/**
 * Follows a task until it no longer goes on by itself; with `isLanded` a completed one also
 * until its commit has arrived there.
 * @throws as `follow`
 */
export function followTask(
  context: Pick<ServerContext, 'client' | 'live'>,
  options: FollowOptions & { isLanded?: IsLanded | undefined },
): Promise<Task> {
  const taskId = options.task.id
  let facts: TaskFacts | undefined
  let hasLanded = options.isLanded === undefined
  return follow(context, options, (event) => {
    if (event.type === 'task.changed' && event.payload.taskId === taskId) facts = event.payload
    if (event.type === 'landing.changed' && event.payload.taskId === taskId) {
      hasLanded = options.isLanded?.(event.payload.landing) ?? true
    }
    return facts !== undefined && isAtRest(facts) && (hasLanded || facts.status !== 'completed')
  })
}

/** Follows a commit that stands already until it has arrived. @throws as `follow` */
export function followLanding(
  context: Pick<ServerContext, 'client' | 'live'>,
  options: FollowOptions & { isLanded: IsLanded },
): Promise<Task> {
  const taskId = options.task.id
  return follow(
    context,
    options,
    (event) =>
      event.type === 'landing.changed' &&
      event.payload.taskId === taskId &&
      options.isLanded(event.payload.landing),
  )
}
