import { TaskStatus } from '@sluice/contract/task'
import { expect, test } from 'vitest'
import { taskActions, type TaskFacts } from './task-actions.ts'

const facts = (change: Partial<TaskFacts>): TaskFacts => ({
  status: 'running',
  commitSha: null,
  mergeState: 'none',
  pushState: 'none',
  treeId: null,
  hasFailure: false,
  isCommitHeld: false,
  holdsFiles: false,
  isNewest: true,
  mode: 'isolated',
  hasRemote: true,
  ...change,
})
const allowed = (change: Partial<TaskFacts>, role: 'viewer' | 'editor' = 'editor') =>
  Object.entries(taskActions(facts(change), role))
    .filter(([, may]) => may)
    .map(([name]) => name)
    .sort()

test('a viewer may do nothing in any state', () => {
  for (const status of TaskStatus.options)
    expect(allowed({ status, commitSha: 'abc', treeId: 't' }, 'viewer')).toEqual([])
})

test('a change under review can be decided; one with failed gates cannot be approved', () => {
  expect(allowed({ status: 'waiting_approval' })).toEqual([
    'approve',
    'cancel',
    'editMessage',
    'reject',
    'requestChanges',
    'rerunGates',
  ])
  expect(allowed({ status: 'qa_failed' })).not.toContain('approve')
})

test('nothing stops a task after its approval', () => {
  for (const status of ['approved', 'completed'] as const)
    expect(allowed({ status })).not.toContain('cancel')
})

test('a commit can be asked for again only where it was held back or failed', () => {
  expect(allowed({ status: 'approved' })).toEqual([])
  expect(allowed({ status: 'approved', hasFailure: true })).toEqual(['commit'])
  expect(allowed({ status: 'approved', isCommitHeld: true })).toEqual(['commit'])
})

test('a failed task is cancelled only where that gives files back', () => {
  expect(allowed({ status: 'failed' })).not.toContain('cancel')
  expect(allowed({ status: 'failed', holdsFiles: true })).toContain('cancel')
})

test('landing needs a commit, and in place there is nothing to merge', () => {
  expect(allowed({ status: 'completed' })).toEqual(['retry'])
  expect(allowed({ status: 'completed', commitSha: 'abc' })).toEqual([
    'merge',
    'push',
    'retry',
    'revert',
  ])
  expect(allowed({ status: 'completed', commitSha: 'abc', mode: 'in_place' })).not.toContain(
    'merge',
  )
})

test('without a remote there is nothing to push to', () => {
  expect(allowed({ status: 'completed', commitSha: 'abc', hasRemote: false })).not.toContain('push')
})

test('a rejection is undone only while nothing was built after it', () => {
  expect(allowed({ status: 'rejected', treeId: 't' })).toContain('undoReject')
  expect(allowed({ status: 'rejected', treeId: 't', isNewest: false })).not.toContain('undoReject')
  expect(allowed({ status: 'rejected', treeId: 't', holdsFiles: true })).not.toContain('undoReject')
})
