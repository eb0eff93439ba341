import type { StreamEvent } from '@sluice/contract/events'
import type { GateStatus } from '@sluice/contract/gate'
import type { TaskStatus } from '@sluice/contract/task'
import type { Paint } from './paint.ts'
import type { Mark } from './screen.ts'
import { duration, lastLines, oneLine, plain } from './text.ts'

const shownOutputLines = 15
const keptOutput = 20_000

export const statusWords: Readonly<Record<TaskStatus, string>> = {
  pending: 'waits its turn',
  pre_flight: 'looks whether all is there',
  running: 'the agent works',
  waiting_qa: 'gates come next',
  qa_running: 'gates run',
  qa_failed: 'gates failed',
  waiting_approval: 'waits for your approval',
  approved: 'approved',
  completed: 'completed',
  rejected: 'rejected',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  failed: 'failed',
}

const gateWords: Readonly<Record<GateStatus, string>> = {
  queued: 'queued',
  running: 'running',
  passed: 'passed',
  failed: 'failed',
  timed_out: 'ran out of time',
  cancelled: 'was cancelled',
  error: 'could not run',
}

export const gateWord = (status: GateStatus): string => gateWords[status]

const line = (text: string): Mark => ({ kind: 'line', text })
const status = (text: string): Mark => ({ kind: 'status', text })

interface RunningGate {
  name: string
  output: string
}

/**
 * Turns the events of a stream into what a person sees of them, one after the other. It keeps
 * what a later event needs of an earlier one: the name of a gate and the end of its output.
 */
export class EventRenderer {
  readonly #paint: Paint
  readonly #gates = new Map<string, RunningGate>()
  #taskStatus: TaskStatus | undefined

  constructor(paint: Paint) {
    this.#paint = paint
  }

  marksOf(event: StreamEvent): Mark[] {
    const { green, red, yellow, dim, bold } = this.#paint
    switch (event.type) {
      case 'session.created':
        return [line(`${bold('Session')} ${oneLine(event.payload.title)}`)]
      case 'session.changed':
        return event.payload.problem === null
          ? []
          : [line(yellow(`! ${oneLine(event.payload.problem)}`))]
      case 'task.created':
        return [line(dim(`Task ${event.payload.number} is queued`))]
      case 'task.changed':
        return this.#taskChanged(event.payload)
      case 'message.started':
        return event.payload.attempt > 1
          ? [line(dim('The agent begins this answer anew after an interruption.'))]
          : [status('The agent thinks')]
      case 'message.text':
        return event.payload.kind === 'text'
          ? [{ kind: 'text', text: plain(event.payload.text) }]
          : [status('The agent thinks')]
      case 'message.ended':
        return [{ kind: 'text', text: '\n' }]
      case 'tool.started':
        return [status(oneLine(event.payload.title))]
      case 'tool.ended':
        return [
          status(''),
          line(
            `${event.payload.status === 'ok' ? green('✓') : red('✗')} ${oneLine(event.payload.summary)}`,
          ),
        ]
      case 'plan.changed':
        return this.#planChanged(event.payload.items)
      case 'context.compacted':
        return [line(dim('Earlier parts of the conversation were summed up to make room.'))]
      case 'gate.started':
        this.#gates.set(event.payload.gateResultId, {
          name: oneLine(event.payload.name),
          output: '',
        })
        return [
          status(
            `Gate ${event.payload.position} of ${event.payload.total}: ${oneLine(event.payload.name)}`,
          ),
        ]
      case 'gate.output': {
        const gate = this.#gates.get(event.payload.gateResultId)
        if (gate !== undefined) gate.output = (gate.output + event.payload.text).slice(-keptOutput)
        return []
      }
      case 'gate.ended':
        return this.#gateEnded(event.payload)
      case 'decision.made':
        return [line(this.#decision(event))]
      case 'commit.made':
        return [
          line(
            `${green('✓')} Commit ${bold(event.payload.commit.slice(0, 10))} on ${oneLine(event.payload.branch)}`,
          ),
        ]
      case 'landing.changed':
        return this.#landing(event.payload.landing)
      case 'notice':
        return [line(this.#notice(event.payload.level, oneLine(event.payload.text)))]
      case 'repository.progress':
        return [status(oneLine(event.payload.text))]
      case 'run.changed':
        return [line(`Run ${event.payload.kind}: ${event.payload.status}`)]
      case 'run.log':
        return [line(plain(event.payload.message))]
      case 'step.started':
        return [status(oneLine(event.payload.name))]
      case 'step.completed':
        return [
          line(dim(`✓ ${oneLine(event.payload.name)} · ${duration(event.payload.durationMs)}`)),
        ]
      case 'step.failed':
        return [line(red(`✗ ${oneLine(event.payload.name)}: ${oneLine(event.payload.message)}`))]
      case 'scan.changed':
        return [
          status(
            `${event.payload.foldersVisited} folders, ${event.payload.foundCount} repositories`,
          ),
        ]
      case 'tool.output':
      case 'usage.added':
      case 'checkpoint.made':
      case 'comments.changed':
      case 'repository.changed':
      case 'gates.changed':
      case 'settings.changed':
      case 'providers.changed':
      case 'people.changed':
        return []
      default:
        // A newer server may say more than this command knows.
        return []
    }
  }

  #taskChanged(payload: Extract<StreamEvent, { type: 'task.changed' }>['payload']): Mark[] {
    const marks: Mark[] = [status(oneLine(payload.detail))]
    if (payload.status !== this.#taskStatus) {
      this.#taskStatus = payload.status
      marks.push(line(this.#paint.dim(`· ${statusWords[payload.status]}`)))
    }
    if (payload.failure !== null)
      marks.push(line(this.#paint.red(`✗ ${oneLine(payload.failure.message)}`)))
    return marks
  }

  #planChanged(items: Extract<StreamEvent, { type: 'plan.changed' }>['payload']['items']): Mark[] {
    const done = items.filter((item) => item.status === 'completed').length
    const current = items.find((item) => item.status === 'in_progress')
    const text = current === undefined ? '' : ` · ${oneLine(current.text)}`
    return [line(this.#paint.dim(`Plan ${done} of ${items.length}${text}`))]
  }

  #gateEnded(payload: Extract<StreamEvent, { type: 'gate.ended' }>['payload']): Mark[] {
    const { green, red, dim } = this.#paint
    const gate = this.#gates.get(payload.gateResultId)
    this.#gates.delete(payload.gateResultId)
    const name = gate?.name ?? 'of an earlier time'
    const took = payload.durationMs === null ? '' : dim(` · ${duration(payload.durationMs)}`)
    if (payload.status === 'passed')
      return [status(''), line(`${green('✓')} Gate ${name} passed${took}`)]
    const exit = payload.exitCode === null ? '' : ` · exit ${payload.exitCode}`
    const output =
      gate === undefined || gate.output.trim() === ''
        ? []
        : lastLines(gate.output, shownOutputLines)
    return [
      status(''),
      line(`${red('✗')} Gate ${name} ${gateWords[payload.status]}${exit}${took}`),
      ...output.map((text) => line(dim(`  │ ${text}`))),
    ]
  }

  #decision({ payload, actor }: Extract<StreamEvent, { type: 'decision.made' }>): string {
    const words = {
      approved: 'approved',
      rejected: 'rejected',
      changes_requested: 'asked for changes',
      rejection_undone: 'took the rejection back',
      cancelled: 'cancelled',
    } as const
    const reason =
      payload.reason === null || payload.reason.trim() === '' ? '' : `: ${oneLine(payload.reason)}`
    return `${oneLine(actor.name)} ${words[payload.decision]}${reason}`
  }

  #landing(
    landing: Extract<StreamEvent, { type: 'landing.changed' }>['payload']['landing'],
  ): Mark[] {
    const { green, red } = this.#paint
    if (landing.problem !== null)
      return [status(''), line(`${red('✗')} ${oneLine(landing.problem)}`)]
    if (landing.push === 'pushing') return [status('Pushing')]
    const done = [
      ...(landing.merge === 'merged' ? ['merged into the base branch'] : []),
      ...(landing.push === 'pushed' ? ['pushed'] : []),
    ]
    return done.length === 0 ? [] : [status(''), line(`${green('✓')} ${done.join(', ')}`)]
  }

  #notice(level: 'info' | 'warning' | 'error', text: string): string {
    const { yellow, red } = this.#paint
    return level === 'error' ? red(`✗ ${text}`) : level === 'warning' ? yellow(`! ${text}`) : text
  }
}
