import type { Session } from '@sluice/contract/session'
import type { Task, TaskActions } from '@sluice/contract/task'
import { plural } from '../../ui/format.ts'

export type Then = 'leave' | 'merge' | 'push'

/** The actions that make up a decision; while the server offers one of them, the bar is in sight. */
const deciding: readonly (keyof TaskActions)[] = [
  'approve',
  'commit',
  'reject',
  'requestChanges',
  'undoReject',
  'merge',
  'push',
]

/** The task that waits for a decision: the newest one under review, else the newest that can still land. */
export function decisionTask(tasks: readonly Task[]): Task | undefined {
  const newestFirst = tasks.toSorted((a, b) => b.number - a.number)
  const open = newestFirst.filter((task) => deciding.some((action) => task.actions[action]))
  return (
    open.find((task) => task.actions.approve || task.actions.reject || task.actions.commit) ??
    // A landing or an undo of an older task is not in the way of a newer one.
    open.find((task) => task.id === newestFirst.find((one) => one.status !== 'pending')?.id)
  )
}

/** What approving will do, word for word, in backquoted names. */
export function approvalText(
  task: Task,
  session: Pick<Session, 'branch' | 'baseBranch' | 'mode'>,
  then: Then,
): string {
  const branch = task.branch ?? session.branch
  const commit = `1 commit on \`${branch}\``
  if (then === 'merge' && branch !== session.baseBranch) {
    return `${commit}, then \`${session.baseBranch}\` gets it: fast-forward where it can, else a merge.`
  }
  if (then === 'push') return `${commit}, then \`${branch}\` is pushed to its remote.`
  return `${commit}. Nothing is merged or pushed.`
}

/** What each button that lands a change will do, as far as the server offers it; absent where none is. */
export function landingText(
  task: Task,
  session: Pick<Session, 'branch' | 'baseBranch'>,
): string | undefined {
  const branch = task.branch ?? session.branch
  const sentences = [
    task.actions.commit && `Commit puts 1 commit on \`${branch}\`. Nothing is merged or pushed.`,
    task.actions.push && `Push sends \`${branch}\` to its remote.`,
    task.actions.merge && mergeText(task, session),
  ].filter((sentence) => sentence !== false)
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

/** What merging will do. */
function mergeText(task: Task, session: Pick<Session, 'branch' | 'baseBranch'>): string {
  return `Merge puts \`${task.commit?.slice(0, 12) ?? 'the commit'}\` from \`${task.branch ?? session.branch}\` into \`${session.baseBranch}\`.`
}

/** The part of an answer to gates in one line: `3 of 4 gates passed`. */
export function gatesText(task: Pick<Task, 'gates'>): string {
  if (task.gates.length === 0) return 'no gates'
  const all = plural(task.gates.length, 'gate')
  const passed = task.gates.filter((gate) => gate.status === 'passed').length
  const failed = task.gates.filter(
    (gate) =>
      gate.isBlocking &&
      (gate.status === 'failed' || gate.status === 'timed_out' || gate.status === 'error'),
  ).length
  return failed > 0 ? `${failed} of ${all} failed` : `${passed} of ${all} passed`
}
