import { hasRole, type Role } from '@sluice/contract/roles'
import type { TaskActions, TaskStatus } from '@sluice/contract/task'

/** The facts of a task that decide what can be done with it. */
export interface TaskFacts {
  status: TaskStatus
  commitSha: string | null
  mergeState: 'none' | 'merged' | 'failed'
  pushState: 'none' | 'pushing' | 'pushed' | 'failed'
  treeId: string | null
  /** A commit that was asked for did not happen. */
  hasFailure: boolean
  /** The approval left the commit for later. */
  isCommitHeld: boolean
  /** Ended or failed, and its files are not put back yet. */
  holdsFiles: boolean
  /** No later task of the session was begun. */
  isNewest: boolean
  mode: 'isolated' | 'in_place'
  /** There is somewhere to push to. */
  hasRemote: boolean
}

/** States from which a person may still stop a task. */
export const cancellable: readonly TaskStatus[] = [
  'pending',
  'pre_flight',
  'running',
  'waiting_qa',
  'qa_running',
  'qa_failed',
  'waiting_approval',
  'interrupted',
]
/** States in which a change waits for a person. */
export const underReview: readonly TaskStatus[] = ['waiting_approval', 'qa_failed']
/** States that end a task. */
export const ended: readonly TaskStatus[] = ['completed', 'rejected', 'cancelled', 'failed']

/** What the caller may do now: the one place that the API checks and the page reads. */
export function taskActions(facts: TaskFacts, role: Role): TaskActions {
  const mayAct = hasRole(role, 'editor')
  const { status } = facts
  const isCommitted = status === 'completed' && facts.commitSha !== null
  return {
    // One that failed in the user's checkout left it as it was then: cancelling gives the files back.
    cancel: mayAct && (cancellable.includes(status) || (status === 'failed' && facts.holdsFiles)),
    retry: mayAct && (ended.includes(status) || status === 'interrupted'),
    continue: mayAct && facts.isNewest && (status === 'interrupted' || status === 'failed'),
    approve: mayAct && status === 'waiting_approval',
    commit: mayAct && status === 'approved' && (facts.hasFailure || facts.isCommitHeld),
    reject: mayAct && underReview.includes(status),
    requestChanges: mayAct && underReview.includes(status),
    undoReject:
      mayAct &&
      status === 'rejected' &&
      facts.treeId !== null &&
      facts.isNewest &&
      !facts.holdsFiles,
    editMessage: mayAct && underReview.includes(status),
    rerunGates: mayAct && underReview.includes(status),
    merge: mayAct && isCommitted && facts.mode === 'isolated' && facts.mergeState !== 'merged',
    push: mayAct && isCommitted && facts.hasRemote && facts.pushState !== 'pushing',
    revert: mayAct && isCommitted && facts.isNewest,
  }
}
