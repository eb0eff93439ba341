import type { SessionId, TaskId } from '@sluice/contract/ids'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { notFoundError } from './exit-code.ts'
import { findByPrefix } from './find-by-prefix.ts'

const numbered = /^(.+)#(\d+)$/

/**
 * The task that a person means: its id or a beginning of it, a session's (its newest task), or
 * `SESSION#N` for the session's task number N.
 * @throws CommandError not_found, usage (the beginning fits several); ApiError
 */
export async function findTask(client: Client, text: string): Promise<Task> {
  const withNumber = numbered.exec(text)
  if (withNumber !== null) {
    const session = await findSession(client, withNumber[1]!)
    return taskOfNumber(client, session.id, Number(withNumber[2]))
  }
  if (/^tsk_[0-9a-f]{32}$/.test(text)) return client.tasks.get({ taskId: text as TaskId })
  if (text.startsWith('ses_')) return newestOf(await findSession(client, text))
  const task = await findByPrefix(text, 'tsk', (page) => client.tasks.list(page))
  if (task !== undefined) return task
  if (!text.startsWith('tsk_')) {
    const session = await findByPrefix(text, 'ses', (page) => client.sessions.list(page))
    if (session !== undefined) return newestOf(session)
  }
  throw notFoundError(`There is no task "${text}". \`sluice tasks list\` shows them.`)
}

/** The session that a person means: its id or a beginning of it. @throws as `findTask` */
export async function findSession(client: Client, text: string): Promise<Session> {
  if (/^ses_[0-9a-f]{32}$/.test(text)) return client.sessions.get({ sessionId: text as SessionId })
  const session = await findByPrefix(text, 'ses', (page) => client.sessions.list(page))
  if (session === undefined) {
    throw notFoundError(`There is no session "${text}". \`sluice sessions list\` shows them.`)
  }
  return session
}

function newestOf(session: Session): Task {
  if (session.task === null) throw notFoundError(`The session ${session.id} has no task.`)
  return session.task
}

async function taskOfNumber(client: Client, sessionId: SessionId, number: number): Promise<Task> {
  let cursor: string | undefined
  do {
    const page = await client.tasks.list({ sessionId, limit: 200, cursor })
    const task = page.items.find((item) => item.number === number)
    if (task !== undefined) return task
    cursor = page.nextCursor
  } while (cursor !== undefined)
  throw notFoundError(`The session ${sessionId} has no task number ${number}.`)
}
