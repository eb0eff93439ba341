import type { Task } from '@sluice/contract/task'
import { emit, type ServerContext } from '../context.ts'
import { usageError, type ExitCode, exitCodeOfTask, exitCode, interrupted } from '../exit-code.ts'
import { findTask } from '../find-task.ts'
import { followLanding } from '../follow.ts'
import { nextSteps, taskSummary } from '../render/task.ts'
import { carryTask, createProgress, showOutcome } from '../task-progress.ts'

export interface WaitOptions {
  wait: boolean
}

export interface ApproveOptions extends WaitOptions {
  message?: string
  merge?: boolean
  push?: boolean
}

/** Asks for something that a task then goes on with, and follows it. */
async function askAndFollow(
  context: ServerContext,
  text: string,
  options: WaitOptions & {
    withPatch?: boolean
    isLanded?: (landing: Task['landing']) => boolean
    cancelsOnInterrupt?: boolean
    ask: (task: Task) => Promise<Task>
  },
): Promise<ExitCode> {
  const before = await findTask(context.client, text)
  // The cursor from before the request: nothing that the request leads to is missed.
  const { cursor } = await context.client.sessions.get({ sessionId: before.sessionId })
  const task = await options.ask(before)
  if (!options.wait) {
    await showOutcome(context, task, { withPatch: false })
    return exitCode.ok
  }
  const ended = await carryTask(context, createProgress(context), {
    task,
    after: cursor,
    cancelsOnInterrupt: options.cancelsOnInterrupt ?? false,
    ...(options.isLanded === undefined ? {} : { isLanded: options.isLanded }),
  })
  return showOutcome(context, ended, { withPatch: options.withPatch ?? false })
}

const isMerged = ({ merge, problem }: Task['landing']): boolean =>
  merge !== 'none' || problem !== null
const isPushed = ({ push }: Task['landing']): boolean => push === 'pushed' || push === 'failed'

/** `sluice approve TASK`: exactly the tree that stands for review now is committed. */
export function approve(
  context: ServerContext,
  text: string,
  options: ApproveOptions,
): Promise<ExitCode> {
  if (options.merge === true && options.push === true) {
    throw usageError('Choose one of --merge and --push; the other can follow as a command.')
  }
  const then = options.merge === true ? 'merge' : options.push === true ? 'push' : 'leave'
  const isLanded = then === 'merge' ? isMerged : then === 'push' ? isPushed : undefined
  return askAndFollow(context, text, {
    wait: options.wait,
    ...(isLanded === undefined ? {} : { isLanded }),
    ask: (task) =>
      // An approval that stands already without its commit is taken up where it stopped.
      task.actions.commit
        ? context.client.tasks.commit({ taskId: task.id })
        : context.client.tasks.approve({
            taskId: task.id,
            treeId: task.change?.treeId,
            message: options.message,
            then,
          }),
  })
}

/** `sluice reject TASK`; rejecting is what was asked for, so it ends well. */
export async function reject(
  context: ServerContext,
  text: string,
  options: WaitOptions & { reason?: string; useAsContext?: boolean },
): Promise<ExitCode> {
  const ended = await askAndFollow(context, text, {
    wait: options.wait,
    ask: ({ id }) =>
      context.client.tasks.reject({
        taskId: id,
        reason: options.reason ?? '',
        useAsContext: options.useAsContext ?? false,
      }),
  })
  return ended === exitCode.undecided ? exitCode.ok : ended
}

/** `sluice changes TASK "…"`: draft comments and the text go back to the agent. */
export async function requestChanges(
  context: ServerContext,
  text: string,
  given: string | undefined,
  options: WaitOptions,
): Promise<ExitCode> {
  const words = given === '-' ? await context.io.readInput() : (given ?? '')
  return askAndFollow(context, text, {
    ...options,
    withPatch: true,
    cancelsOnInterrupt: true,
    ask: ({ id }) => context.client.tasks.requestChanges({ taskId: id, text: words }),
  })
}

/** `sluice cancel TASK` */
export async function cancel(context: ServerContext, text: string): Promise<ExitCode> {
  const { id } = await findTask(context.client, text)
  const task = await context.client.tasks.cancel({ taskId: id })
  await showOutcome(context, task, { withPatch: false })
  return exitCode.ok
}

/** `sluice retry TASK`: the same prompt as a new task. */
export function retry(
  context: ServerContext,
  text: string,
  options: WaitOptions,
): Promise<ExitCode> {
  return askAndFollow(context, text, {
    ...options,
    withPatch: true,
    cancelsOnInterrupt: true,
    ask: ({ id }) => context.client.tasks.retry({ taskId: id }),
  })
}

/** `sluice continue TASK` */
export function continueTask(
  context: ServerContext,
  text: string,
  options: WaitOptions,
): Promise<ExitCode> {
  return askAndFollow(context, text, {
    ...options,
    withPatch: true,
    cancelsOnInterrupt: true,
    ask: ({ id }) => context.client.tasks.continue({ taskId: id }),
  })
}

/** `sluice merge TASK` and `sluice push TASK`: where the commit goes next. */
export async function land(
  context: ServerContext,
  text: string,
  landing: { to: 'merge' } | { to: 'push'; remote?: string | undefined },
): Promise<ExitCode> {
  const { client } = context
  const { id, sessionId } = await findTask(context.client, text)
  const { cursor } = await client.sessions.get({ sessionId })
  const task =
    landing.to === 'merge'
      ? await client.tasks.merge({ taskId: id })
      : await client.tasks.push({ taskId: id, remote: landing.remote })
  const leave = new AbortController()
  const forget = context.io.onInterrupt(() => leave.abort(interrupted()))
  const progress = createProgress(context)
  try {
    const ended = await followLanding(context, {
      task,
      after: cursor,
      isLanded: landing.to === 'merge' ? isMerged : isPushed,
      onEvent: progress.onEvent,
      onConnection: progress.say,
      signal: leave.signal,
    })
    progress.end()
    return finish(context, ended)
  } finally {
    forget()
    progress.end()
  }
}

function finish(context: ServerContext, task: Task): ExitCode {
  if (context.isJson) emit(context, { type: 'result', task })
  else {
    const { err } = context.paint
    context.io.err.write(`${taskSummary(task, err)}${nextSteps(task, err)}`)
  }
  return exitCodeOfTask(task)
}
