import type { Session } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'
import { expect, test } from 'vitest'
import { groupOf, groupSessions } from './sessions.logic.ts'

const session = (status: Session['status'], task?: TaskStatus) => ({
  status,
  task: task === undefined ? null : ({ status: task } as Session['task']),
})

test('what waits for a decision needs me, in every way a task can wait', () => {
  for (const status of ['waiting_approval', 'qa_failed', 'interrupted', 'failed'] as const) {
    expect(groupOf(session('active', status))).toBe('needs_decision')
  }
})

test('a paused session does not count as running though a task is queued', () => {
  expect(groupOf(session('paused', 'pending'))).toBe('others')
  expect(groupOf(session('active', 'pending'))).toBe('running')
})

test('a completed session asks for nothing, whatever its last task was', () => {
  expect(groupOf(session('completed', 'failed'))).toBe('others')
})

test('groups come in the order in which they matter, without empty ones', () => {
  const groups = groupSessions([
    session('active', 'completed'),
    session('active', 'waiting_approval'),
  ])
  expect(groups.map((part) => part.group)).toEqual(['needs_decision', 'others'])
})
