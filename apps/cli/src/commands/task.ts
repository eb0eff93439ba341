import type { ProviderId } from '@sluice/contract/ids'
import type { SandboxProviderName } from '@sluice/contract/repository'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { emit, say, show, type ServerContext } from '../context.ts'
import { exitCode, notFoundError, usageError, type ExitCode } from '../exit-code.ts'
import { findByPrefix } from '../find-by-prefix.ts'
import { findRepository } from '../find-repository.ts'
import { findTask } from '../find-task.ts'
import { nextSteps, taskDetails } from '../render/task.ts'
import { oneLine, shortId } from '../render/text.ts'
import { carryTask, createProgress, showOutcome } from '../task-progress.ts'

export interface TaskOptions {
  repo: string
  base?: string
  branch?: string
  mode: 'isolated' | 'in-place'
  model?: string
  provider?: string
  sandbox?: SandboxProviderName
  title?: string
  wait: boolean
  approve?: boolean
  message?: string
}

/** `sluice task "…"`: a new session with its first task, carried as far as it goes. */
export async function runTask(
  context: ServerContext,
  given: string | undefined,
  options: TaskOptions,
): Promise<ExitCode> {
  const prompt = given === '-' ? await context.io.readInput() : (given ?? '')
  if (prompt.trim() === '') {
    throw usageError('Say what should be done: sluice task "Fix the date parser" --repo PATH')
  }
  if (!options.wait && (options.approve === true || options.message !== undefined)) {
    throw usageError('--approve and --message need the result: leave --no-wait out.')
  }
  const { session, task } = await createSession(context, prompt, options)
  announce(context, session, task)
  if (!options.wait) {
    show(context, { type: 'result', session, task }, () => `${task.id}\n`)
    return exitCode.ok
  }
  const progress = createProgress(context)
  const carried = await carryTask(context, progress, { task, after: 0, cancelsOnInterrupt: true })
  const reviewed = await setMessage(context, carried, options)
  if (options.approve !== true || !reviewed.actions.approve) {
    return showOutcome(context, reviewed, { withPatch: true })
  }
  const { cursor } = await context.client.sessions.get({ sessionId: session.id })
  await context.client.tasks.approve({
    taskId: task.id,
    treeId: reviewed.change?.treeId,
    message: options.message,
  })
  const ended = await carryTask(context, progress, {
    task,
    after: cursor,
    cancelsOnInterrupt: false,
  })
  return showOutcome(context, ended, { withPatch: true })
}

async function createSession(
  context: ServerContext,
  prompt: string,
  options: TaskOptions,
): Promise<{ session: Session; task: Task }> {
  const { client, io } = context
  const { repository, isNew } = await findRepository(client, options.repo, io.cwd)
  if (isNew && !context.isJson) {
    say(context, `Added ${oneLine(repository.name)} (${oneLine(repository.path)}).`)
  }
  return client.sessions.create({
    repositoryId: repository.id,
    prompt,
    title: options.title,
    baseBranch: options.base,
    branch: options.branch,
    mode: options.mode === 'in-place' ? 'in_place' : 'isolated',
    modelId: options.model,
    providerId:
      options.provider === undefined ? undefined : await findProvider(client, options.provider),
    sandboxProvider: options.sandbox,
  })
}

/** By id, or by name or kind where one alone has it. */
async function findProvider(client: Client, text: string): Promise<ProviderId> {
  const { items } = await client.providers.list()
  const page = () => Promise.resolve({ items })
  const byId = text.startsWith('prv_') ? await findByPrefix(text, 'prv', page) : undefined
  if (byId !== undefined) return byId.id
  const fitting = items.filter(({ name, kind }) => name === text || kind === text)
  if (fitting.length === 1) return fitting[0]!.id
  const names = items.map(({ name }) => name).join(', ') || 'none'
  if (fitting.length === 0)
    throw notFoundError(`There is no provider "${text}". There are: ${names}.`)
  throw usageError(`Several providers fit "${text}"; give the id of one.`)
}

function announce(context: ServerContext, session: Session, task: Task): void {
  if (context.isJson) {
    emit(context, { type: 'started', session, task })
    return
  }
  const { yellow, dim } = context.paint.err
  say(
    context,
    dim(`Session ${shortId(session.id)} on ${oneLine(session.branch)} · ${session.agent.modelId}`),
  )
  if (session.isRecorded) say(context, yellow('A recording answers in place of a model.'))
  if (!session.isIsolated)
    say(context, yellow('! Without a sandbox: commands run on the host itself.'))
}

/** Puts the given commit message where the change waits for approval and nobody approves it here. */
async function setMessage(context: ServerContext, task: Task, options: TaskOptions): Promise<Task> {
  if (options.message === undefined || options.approve === true || !task.actions.editMessage)
    return task
  return context.client.tasks.editMessage({ taskId: task.id, message: options.message })
}

/** `sluice task show TASK` */
export async function showTask(context: ServerContext, text: string): Promise<ExitCode> {
  const task = await findTask(context.client, text)
  const { out } = context.paint
  show(context, task, () => `${taskDetails(task, out)}${nextSteps(task, out)}`)
  return exitCode.ok
}
