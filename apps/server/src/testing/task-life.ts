import type { StreamEvent } from '@sluice/contract/events'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { expect } from 'vitest'
import { readStream } from './follow.ts'
import type { Installation } from './server-process.ts'

/** What a person can tell of a task's life, without what may begin again after a crash. */
export function lifeOf(events: readonly StreamEvent[]): string[] {
  const said = events.flatMap((event) => {
    switch (event.type) {
      case 'task.changed':
        return [`task ${event.payload.status}`]
      case 'gate.ended':
        return [`gate ${event.payload.status}`]
      case 'decision.made':
        return [`decision ${event.payload.decision}`]
      case 'session.created':
      case 'task.created':
      case 'commit.made':
      case 'checkpoint.made':
        return [event.type]
      case 'landing.changed':
        return [`merge ${event.payload.landing.merge}, push ${event.payload.landing.push}`]
      default:
        return []
    }
  })
  // The same state said twice, with other words beside it, is one state.
  return said.filter((line, index) => !(/^(task|merge) /.test(line) && line === said[index - 1]))
}

/**
 * Expects of a session with one task, whatever happened to its server: the same life as an undisturbed one, no event
 * lost or doubled, no gate counted twice.
 */
export async function expectLife(
  client: Client,
  { sessionId }: Pick<Task, 'sessionId'>,
  life: readonly string[],
): Promise<void> {
  const events = await readStream(client, `session:${sessionId}`)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(lifeOf(events)).toEqual(life)
  const ended = events.flatMap((event) =>
    event.type === 'gate.ended' ? [event.payload.gateResultId] : [],
  )
  expect(new Set(ended).size).toBe(ended.length)
}

/** Expects that each step of a run was completed once, in order. */
export async function expectStepsOnce(client: Client, runId: string): Promise<void> {
  const events = await readStream(client, `run:${runId}`)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  const done = events.flatMap((event) =>
    event.type === 'step.completed' ? [event.payload.position] : [],
  )
  expect(done).toEqual(done.map((_, index) => index + 1))
}

/** A step that a server can be killed at. */
export interface KillStep {
  position: number
  name: string
  kind: string
  /** `running` for a wait that nobody has answered yet. */
  status: string
  function_id: number
}

/** The steps of a run, from a position on. */
export function stepsOf({ database }: Installation, runId: string, from = 1): Promise<KillStep[]> {
  return database.db.querySystem<KillStep & Record<string, unknown>>(
    'select position, name, kind, status, function_id from run_steps where run_id = $1 and position >= $2 order by position',
    [runId, from],
  )
}

/** The runs that worked for a task, oldest first. */
export function runsOf(
  { database }: Installation,
  taskId: string,
): Promise<{ id: string; kind: string; status: string }[]> {
  return database.db.querySystem<{ id: string; kind: string; status: string }>(
    `select id, kind, status from runs where subject_type = 'task' and subject_id = $1 order by created_at, id`,
    [taskId],
  )
}
