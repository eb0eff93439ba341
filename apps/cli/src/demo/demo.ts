import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Repository } from '@sluice/contract/repository'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { connectWith } from '../connect.ts'
import { emit, say, type Context, type ServerContext } from '../context.ts'
import { CommandError, exitCode, interrupted, usageError, type ExitCode } from '../exit-code.ts'
import { readPatch } from '../read-patch.ts'
import { taskSummary } from '../render/task.ts'
import { oneLine } from '../render/text.ts'
import { carryTask, createProgress, writePatch, type Progress } from '../task-progress.ts'
import { removeData } from './remove-data.ts'
import { serverFailed, startServer } from './server-process.ts'
import { signIn } from './sign-in.ts'
import { verifyCommit } from './verify.ts'

export interface DemoOptions {
  data?: string
  keep?: boolean
}

/** What the demo gives; the last line with `--json`. */
export interface DemoResult {
  status: Task['status']
  repository: string
  branch: string
  commit: string
  tree: string
  /** The newest round, on the tree that was committed. */
  gates: { name: string; status: string }[]
  /** All rounds, the first being 0. */
  gateRounds: { round: number; name: string; status: string }[]
  isRecorded: boolean
  sandbox: string
  costUsd: number | null
  durationMs: number
}

/**
 * `sluice demo`: the sample from prompt to commit on a server of its own. The small repository
 * it leaves behind is the proof; the server and its data go.
 */
export async function runDemo(context: Context, options: DemoOptions): Promise<ExitCode> {
  const startedAt = context.now()
  const leave = new AbortController()
  const forget = context.io.onInterrupt(() => leave.abort(interrupted()))
  const data = await dataFolder(context, options)
  const isKept = options.keep === true || options.data !== undefined
  const account = { email: 'demo@sluice.invalid', password: randomBytes(18).toString('base64url') }
  let result: DemoResult
  try {
    result = await onServer(context, { data, account, signal: leave.signal })
    if (!isKept) result.repository = await moveOut(result.repository)
  } finally {
    forget()
    if (isKept) {
      say(
        context,
        `The data is kept. To look at it: SLUICE_DATA=${data} pnpm start, and sign in as ${account.email} with ${account.password}`,
      )
    } else await discard(context, data)
  }
  result.durationMs = context.now() - startedAt
  const { green, bold } = context.paint.err
  say(
    context,
    `${green('✓')} Commit ${bold(result.commit)} on ${result.branch} in ${result.repository}`,
  )
  if (context.isJson) emit(context, result)
  return exitCode.ok
}

async function dataFolder(context: Context, options: DemoOptions): Promise<string> {
  if (options.data === undefined) return mkdtemp(join(tmpdir(), 'sluice-demo-'))
  const folder = resolve(context.io.cwd, options.data)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // An installation has an owner already, whose password we do not know.
  if ((await readdir(folder)).length > 0) {
    throw usageError(`${folder} is not empty. Give --data a new or empty folder.`)
  }
  return folder
}

/** Takes the repository out of the data that is about to be removed. */
async function moveOut(repository: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-sample-'))
  const moved = join(home, 'sample')
  await rename(repository, moved)
  return moved
}

/** What cannot be removed is said: it changes nothing about how the demo went. */
async function discard(context: Context, data: string): Promise<void> {
  try {
    await removeData(data)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    say(context, context.paint.err.yellow(`! ${data} was left behind: ${reason}`))
  }
}

async function onServer(
  context: Context,
  options: { data: string; account: { email: string; password: string }; signal: AbortSignal },
): Promise<DemoResult> {
  const { data, account } = options
  say(context, context.paint.err.dim('Starting a server of its own …'))
  await using server = await startServer({
    settings: {
      SLUICE_DATA: data,
      SLUICE_OWNER_EMAIL: account.email,
      SLUICE_OWNER_PASSWORD: account.password,
      SLUICE_OWNER_NAME: 'Demo Owner',
      SLUICE_WORKSPACE: 'Demo',
    },
    signal: options.signal,
  })
  const signal = AbortSignal.any([options.signal, server.ended])
  try {
    using connection = connectWith(server.url, await signIn(server.url, account, signal))
    const onDemo: ServerContext = {
      ...context,
      // Progress of the demo is for people in any case; its one object is the result.
      isJson: false,
      url: server.url,
      client: connection.client,
      live: () => connection.live(),
    }
    return await fromPromptToCommit(onDemo, signal)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof CommandError && error.code !== 'demo_failed') throw error
    const message = error instanceof Error ? error.message : String(error)
    throw serverFailed(message, server.lastLines())
  }
}

async function fromPromptToCommit(
  context: ServerContext,
  signal: AbortSignal,
): Promise<DemoResult> {
  const { client } = context
  await sayWhatIsMissing(context, signal)
  const repository = await client.repositories.addSample(undefined, { signal })
  if (repository.samplePrompt === null) throw failed('The server gave a sample without its prompt.')
  say(context, `${context.paint.err.bold('The task')}\n${indented(repository.samplePrompt)}`)
  const { session, task } = await client.sessions.create(
    { repositoryId: repository.id, prompt: repository.samplePrompt },
    { signal },
  )
  if (session.isRecorded)
    say(context, context.paint.err.yellow('A recording answers in place of a model.'))
  const progress = createProgress(context)
  const reviewed = await carry(context, progress, task, 0, signal)
  const { change } = reviewed
  if (reviewed.status !== 'waiting_approval' || change === null) throw notThere(context, reviewed)
  const patch = await readPatch(client, task.id, { signal })
  // With --json standard output is for the one object.
  if (!context.io.out.isTty) context.io.err.write(patch.patch)
  else writePatch(context, patch)
  const { cursor } = await client.sessions.get({ sessionId: session.id }, { signal })
  await client.tasks.approve({ taskId: task.id, treeId: change.treeId }, { signal })
  const ended = await carry(context, progress, task, cursor, signal)
  const { commit } = ended
  if (ended.status !== 'completed' || commit === null) throw notThere(context, ended)
  const branch = ended.branch ?? session.branch
  await verifyCommit({ repository: repository.path, branch, commit, treeId: change.treeId, signal })
  context.io.err.write(taskSummary(ended, context.paint.err))
  return resultOf({ ended, commit, branch, treeId: change.treeId, repository, session }, client)
}

async function carry(
  context: ServerContext,
  progress: Progress,
  task: Task,
  after: number,
  signal: AbortSignal,
): Promise<Task> {
  const carried = carryTask(context, progress, { task, after, cancelsOnInterrupt: false })
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([carried, ended])
}

async function resultOf(
  facts: {
    ended: Task
    commit: string
    branch: string
    treeId: string
    repository: Repository
    session: Session
  },
  client: Client,
): Promise<DemoResult> {
  const { ended, commit, branch, treeId, repository, session } = facts
  const { items } = await client.gates.results({ taskId: ended.id })
  return {
    status: ended.status,
    repository: repository.path,
    branch,
    commit,
    tree: treeId,
    gates: ended.gates.map(({ name, status }) => ({ name, status })),
    gateRounds: items.map(({ round, name, status }) => ({ round, name, status })),
    isRecorded: session.isRecorded,
    sandbox: session.sandboxProvider,
    costUsd: ended.costMicros === null ? null : ended.costMicros / 1_000_000,
    durationMs: 0,
  }
}

/** The sample runs without a sandbox too, since its recording is our own; a task of one's own should not. */
async function sayWhatIsMissing(context: ServerContext, signal: AbortSignal): Promise<void> {
  const { items } = await context.client.settings.sandboxes(undefined, { signal })
  if (items.some(({ isIsolating, isAvailable }) => isIsolating && isAvailable)) return
  for (const { name, isIsolating, reason, remedy } of items) {
    if (!isIsolating) continue
    const text = [`${name} is not there`, reason, remedy].filter(Boolean).join(' · ')
    say(context, context.paint.err.yellow(`! ${oneLine(text)}`))
  }
}

const indented = (text: string): string => text.replace(/^/gm, '  ')
const failed = (message: string) => new CommandError('demo_failed', exitCode.failed, message)

function notThere(context: ServerContext, task: Task): CommandError {
  context.io.err.write(taskSummary(task, context.paint.err))
  return failed(
    `The task came to "${task.status}": ${task.failure?.message ?? (task.detail || 'without a reason')}`,
  )
}
