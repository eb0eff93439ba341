import type { Repository } from '@sluice/contract/repository'
import type { Session } from '@sluice/contract/session'
import type { Task, TaskStatus } from '@sluice/contract/task'

const ENDS_WITHIN_MS = 120_000
const POLL_MS = 300

export const owner = {
  name: 'Ada Lindqvist',
  email: 'ada@example.com',
  password: 'correct horse battery',
}

/** Calls of the REST API as the person whose cookie stands in `headers`. */
export type Call = <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<T>

export function callerOf(url: string, headers: Record<string, string> = {}): Call {
  return async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> => {
    const request: RequestInit = { method, headers: { ...headers, origin: url } }
    if (body !== undefined) {
      request.headers = { ...headers, origin: url, 'content-type': 'application/json' }
      request.body = JSON.stringify(body)
    }
    const response = await fetch(`${url}/api${path}`, request)
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
}

export interface Filled {
  repositoryId: string
  /** Waits for its review. */
  waitingSessionId: string
  /** Was committed. */
  doneSessionId: string
}

/** Fills a workspace with the sample's own work: one session committed, one rejected, one that waits. */
export async function fill(call: Call): Promise<Filled> {
  const repository = await call<Repository>('POST', '/repositories/sample', {})
  const done = await runSample(call, repository)
  await call('POST', `/tasks/${done.task.id}/approve`, {})
  await until(call, done.task.id, ['completed', 'approved'])
  const rejected = await runSample(call, repository)
  await call('POST', `/tasks/${rejected.task.id}/reject`, { reason: 'One like it was committed.' })
  const waiting = await runSample(call, repository)
  await call('POST', '/providers', {
    name: 'Local model',
    kind: 'openai_compatible',
    baseUrl: 'http://127.0.0.1:9/v1',
    defaultModelId: 'qwen3-coder',
  })
  await call('POST', '/invitations', { email: 'bo@example.com', role: 'editor' })
  await call('POST', '/api-keys', { name: 'ci', role: 'editor', scopes: ['read', 'tasks'] })
  return {
    repositoryId: repository.id,
    waitingSessionId: waiting.session.id,
    doneSessionId: done.session.id,
  }
}

async function runSample(
  call: Call,
  repository: Repository,
): Promise<{ session: Session; task: Task }> {
  const started = await call<{ session: Session; task: Task }>('POST', '/sessions', {
    repositoryId: repository.id,
    prompt: repository.samplePrompt,
  })
  await until(call, started.task.id, ['waiting_approval'])
  return started
}

async function until(call: Call, taskId: string, wanted: TaskStatus[]): Promise<void> {
  const deadline = Date.now() + ENDS_WITHIN_MS
  while (true) {
    const task = await call<Task>('GET', `/tasks/${taskId}`)
    if (wanted.includes(task.status)) return
    if (task.failure !== null)
      throw new Error(`The task ended as ${task.status}: ${task.failure.message}`)
    if (Date.now() > deadline)
      throw new Error(`The task stands at ${task.status} after two minutes.`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
