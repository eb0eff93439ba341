import type { Task, TaskActions } from '@sluice/contract/task'
import { expect, test } from 'vitest'
import { approvalText, decisionTask, gatesText, landingText } from './decision.logic.ts'

const none: TaskActions = {
  cancel: false,
  retry: false,
  continue: false,
  approve: false,
  commit: false,
  reject: false,
  requestChanges: false,
  undoReject: false,
  editMessage: false,
  rerunGates: false,
  merge: false,
  push: false,
  revert: false,
}
const task = (number: number, status: Task['status'], actions: Partial<TaskActions> = {}) =>
  ({
    id: `tsk_${number}`,
    number,
    status,
    actions: { ...none, ...actions },
    branch: 'sluice/x',
    commit: 'abcdef0123456789',
    gates: [],
  }) as unknown as Task
const session = { branch: 'sluice/x', baseBranch: 'main', mode: 'isolated' as const }

test('a task under review comes before one that could still land', () => {
  const tasks = [
    task(2, 'completed', { merge: true }),
    task(1, 'waiting_approval', { approve: true }),
  ]
  expect(decisionTask(tasks)?.number).toBe(1)
})

test('what could land is offered for the newest task that has begun only', () => {
  expect(decisionTask([task(1, 'completed', { merge: true }), task(2, 'pending')])?.number).toBe(1)
  expect(
    decisionTask([task(1, 'completed', { merge: true }), task(2, 'running', { cancel: true })]),
  ).toBeUndefined()
})

test('without anything to decide there is no bar', () => {
  expect(decisionTask([task(1, 'running', { cancel: true, rerunGates: true })])).toBeUndefined()
})

test('what will happen is written out', () => {
  const one = task(1, 'waiting_approval')
  expect(approvalText(one, session, 'leave')).toBe(
    '1 commit on `sluice/x`. Nothing is merged or pushed.',
  )
  expect(approvalText(one, session, 'merge')).toBe(
    '1 commit on `sluice/x`, then `main` gets it: fast-forward where it can, else a merge.',
  )
  expect(approvalText(one, session, 'push')).toBe(
    '1 commit on `sluice/x`, then `sluice/x` is pushed to its remote.',
  )
  expect(approvalText(one, { ...session, baseBranch: 'sluice/x' }, 'merge')).toBe(
    '1 commit on `sluice/x`. Nothing is merged or pushed.',
  )
})

test('each way to land a change says what it does, and no other is named', () => {
  expect(landingText(task(1, 'waiting_approval', { approve: true }), session)).toBeUndefined()
  expect(landingText(task(1, 'approved', { commit: true }), session)).toBe(
    'Commit puts 1 commit on `sluice/x`. Nothing is merged or pushed.',
  )
  expect(landingText(task(1, 'completed', { push: true, merge: true }), session)).toBe(
    'Push sends `sluice/x` to its remote. Merge puts `abcdef012345` from `sluice/x` into `main`.',
  )
})

test('failed gates are counted before passed ones, if they block', () => {
  const gates = (...list: [string, boolean][]) =>
    ({ gates: list.map(([status, isBlocking]) => ({ status, isBlocking })) }) as unknown as Task
  expect(gatesText(gates(['passed', true], ['failed', true]))).toBe('1 of 2 gates failed')
  expect(gatesText(gates(['passed', true], ['failed', false]))).toBe('1 of 2 gates passed')
  expect(gatesText(gates(['passed', true]))).toBe('1 of 1 gate passed')
  expect(gatesText(gates())).toBe('no gates')
})
