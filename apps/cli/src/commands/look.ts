import type { Task } from '@sluice/contract/task'
import { tail } from '@sluice/sdk/tail'
import { emit, show, type ServerContext } from '../context.ts'
import { exitCode, interrupted, notFoundError, type ExitCode } from '../exit-code.ts'
import { findSession, findTask } from '../find-task.ts'
import { readPatch } from '../read-patch.ts'
import { EventRenderer, gateWord } from '../render/events.ts'
import { Screen } from '../render/screen.ts'
import { duration, lastLines, oneLine, plain } from '../render/text.ts'
import { createProgress, writePatch } from '../task-progress.ts'
import { watchConnection } from '../watch-connection.ts'

/** `sluice diff TASK` */
export async function showDiff(
  context: ServerContext,
  text: string,
  options: { force?: boolean; stat?: boolean },
): Promise<ExitCode> {
  const { id } = await findTask(context.client, text)
  if (options.stat === true) {
    const changes = await context.client.review.changes({ taskId: id })
    show(context, changes, () =>
      changes.files
        .map((file) => {
          const counts = file.isBinary ? 'binary' : `+${file.additions} −${file.deletions}`
          return `${counts.padStart(12)}  ${oneLine(file.path)}\n`
        })
        .join(''),
    )
    return exitCode.ok
  }
  const change = await readPatch(context.client, id, { force: options.force })
  if (context.isJson) emit(context, change)
  else writePatch(context, change)
  return exitCode.ok
}

/** `sluice gates TASK`: ends with 5 where a blocking gate of the newest round did not pass. */
export async function showGates(
  context: ServerContext,
  text: string,
  options: { all?: boolean; output?: string },
): Promise<ExitCode> {
  const { client } = context
  const task = await findTask(client, text)
  const items =
    options.all === true ? (await client.gates.results({ taskId: task.id })).items : task.gates
  if (options.output !== undefined) return writeGateOutput(context, task, options.output)
  const { green, red, dim, bold } = context.paint.out
  show(context, { taskId: task.id, round: task.round, items }, () =>
    items.length === 0
      ? 'No gate has run.\n'
      : items
          .map((gate) => {
            const isPassed = gate.status === 'passed'
            const took = gate.durationMs === null ? '' : ` · ${duration(gate.durationMs)}`
            const round = options.all === true ? `round ${gate.round} · ` : ''
            const problem = gate.problem === null ? '' : `  ${red(oneLine(gate.problem))}\n`
            const output = isPassed
              ? ''
              : lastLines(gate.outputTail, 20)
                  .map((line) => dim(`  │ ${line}\n`))
                  .join('')
            return `${isPassed ? green('✓') : red('✗')} ${round}${bold(oneLine(gate.name))} ${gateWord(gate.status)}${took}  ${dim(oneLine(gate.command))}\n${problem}${output}`
          })
          .join(''),
  )
  const isHeldBack = task.gates.some(({ isBlocking, status }) => isBlocking && isNotPassed(status))
  return isHeldBack ? exitCode.undecided : exitCode.ok
}

const isNotPassed = (status: Task['gates'][number]['status']): boolean =>
  status !== 'passed' && status !== 'queued' && status !== 'running'

async function writeGateOutput(
  context: ServerContext,
  task: Task,
  name: string,
): Promise<ExitCode> {
  const gate = task.gates.find((result) => result.name === name)
  if (gate === undefined) {
    const names = task.gates.map((result) => result.name).join(', ') || 'none'
    throw notFoundError(`The newest round has no gate "${name}". It has: ${names}.`)
  }
  const file = await context.client.gates.output({ gateResultId: gate.id })
  const output = await file.text()
  show(context, { gate: gate.name, status: gate.status, output }, () =>
    context.io.out.isTty ? plain(output) : output,
  )
  return exitCode.ok
}

const streamName = /^(session|run|project|workspace):[a-z]{3}_[0-9a-f]{32}$/

/** `sluice tail SESSION|run:…|workspace:…`: every event from the beginning or a cursor, then live. */
export async function followStream(
  context: ServerContext,
  text: string,
  options: { after: number },
): Promise<ExitCode> {
  const stream = await streamOf(context, text)
  const leave = new AbortController()
  const forget = context.io.onInterrupt(() => leave.abort(interrupted()))
  const progress = createProgress(context)
  // What is followed is the result here, so it goes to standard output.
  const screen = new Screen(context.io.out)
  const renderer = new EventRenderer(context.paint.out)
  using connection = watchConnection(context.live(), progress.say)
  const signal = AbortSignal.any([leave.signal, connection.signal])
  try {
    for await (const event of tail(context.live(), stream, options.after, signal)) {
      if (context.isJson) emit(context, event)
      else screen.put(renderer.marksOf(event))
    }
    signal.throwIfAborted()
    return exitCode.ok
  } finally {
    forget()
    screen.end()
    progress.end()
  }
}

async function streamOf(context: ServerContext, text: string): Promise<string> {
  if (streamName.test(text)) return text
  if (text === 'workspace') {
    const me = await context.client.me.get()
    if (me.current === undefined) throw notFoundError('The key belongs to no workspace.')
    return `workspace:${me.current.workspace.id}`
  }
  if (/^run_[0-9a-f]{32}$/.test(text)) return `run:${text}`
  const session = await findSession(context.client, text.replace(/^session:/, ''))
  return `session:${session.id}`
}
