import type { StreamEvent } from '@sluice/contract/events'
import type { Task } from '@sluice/contract/task'
import { emit, say, type ServerContext } from './context.ts'
import { exitCodeOfTask, failureOf, interrupted, type ExitCode } from './exit-code.ts'
import { followTask, type FollowOptions } from './follow.ts'
import { readPatch } from './read-patch.ts'
import { colouredPatch } from './render/diff.ts'
import { EventRenderer } from './render/events.ts'
import { Screen } from './render/screen.ts'
import { nextSteps, taskSummary } from './render/task.ts'
import { shortId } from './render/text.ts'

/** Where progress goes: every event as a line of JSON, or what a person sees of it. */
export interface Progress {
  onEvent: (event: StreamEvent) => void
  say: (text: string) => void
  end: () => void
}

export function createProgress(context: ServerContext): Progress {
  const screen = new Screen(context.io.err)
  const renderer = new EventRenderer(context.paint.err)
  return {
    onEvent(event) {
      if (context.isJson) emit(context, event)
      else screen.put(renderer.marksOf(event))
    },
    say: (text) => screen.put([{ kind: 'line', text: context.paint.err.yellow(text) }]),
    end: () => screen.end(),
  }
}

const goesOn = ({ sessionId }: Pick<Task, 'sessionId'>): string =>
  `Interrupted; the task goes on. \`sluice tail ${shortId(sessionId)}\` watches it.`

interface CarryOptions extends Pick<FollowOptions, 'task' | 'after'> {
  isLanded?: (landing: Task['landing']) => boolean
  /** Ctrl-C asks the server to cancel the task before it leaves; else it leaves at once. */
  cancelsOnInterrupt: boolean
}

/**
 * Follows a task with progress to where it no longer goes on by itself.
 * @throws CommandError interrupted, unreachable; ApiError
 */
export async function carryTask(
  context: ServerContext,
  progress: Progress,
  { cancelsOnInterrupt, ...options }: CarryOptions,
): Promise<Task> {
  const leave = new AbortController()
  let cancelling: Promise<void> | undefined
  const cancel = async () => {
    progress.say('Cancelling the task; Ctrl-C once more leaves without waiting.')
    try {
      await context.client.tasks.cancel({ taskId: options.task.id }, { signal: leave.signal })
    } catch (error) {
      progress.say(`It was not cancelled: ${failureOf(error).message}`)
      leave.abort(interrupted(goesOn(options.task)))
    }
  }
  const forget = context.io.onInterrupt(() => {
    if (cancelsOnInterrupt && cancelling === undefined) cancelling = cancel()
    else if (cancelling === undefined) leave.abort(interrupted(goesOn(options.task)))
    else leave.abort(interrupted('Left; the server was asked to cancel the task.'))
  })
  try {
    const task = await followTask(context, {
      ...options,
      onEvent: progress.onEvent,
      onConnection: progress.say,
      signal: leave.signal,
    })
    if (cancelling !== undefined && task.status === 'cancelled')
      throw interrupted('The task is cancelled; the repository is as it was before.')
    return task
  } finally {
    forget()
    await cancelling
    progress.end()
  }
}

/** Says how a task ended: the diff on standard output, the rest beside it. */
export async function showOutcome(
  context: ServerContext,
  task: Task,
  options: { withPatch: boolean },
): Promise<ExitCode> {
  const change =
    options.withPatch && task.change !== null ? await readPatch(context.client, task.id) : undefined
  if (context.isJson) {
    emit(context, {
      type: 'result',
      task,
      ...(change === undefined
        ? {}
        : { changes: change.changes, patch: change.patch, leftOut: change.leftOut }),
    })
  } else {
    if (change !== undefined) writePatch(context, change)
    const { err } = context.paint
    context.io.err.write(`${taskSummary(task, err)}${nextSteps(task, err)}`)
  }
  return exitCodeOfTask(task)
}

/** A terminal gets colours and nothing it would act on; a pipe gets the patch to the byte. */
export function writePatch(
  context: ServerContext,
  { patch, leftOut }: { patch: string; leftOut: readonly string[] },
): void {
  const { io, paint } = context
  io.out.write(io.out.isTty ? colouredPatch(patch, paint.out) : patch)
  if (leftOut.length > 0) {
    say(
      context,
      paint.err.yellow(
        `Left out because they are very large: ${leftOut.join(', ')}. \`sluice diff TASK --force\` shows them.`,
      ),
    )
  }
}
