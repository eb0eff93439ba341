import type { Task, TaskActions } from '@sluice/contract/task'
import { gateWord, statusWords } from './events.ts'
import type { Paint } from './paint.ts'
import { cost, duration, oneLine, plain, plural, shortId } from './text.ts'

/** How a task stands, in a few lines. */
export function taskSummary(task: Task, paint: Paint): string {
  const isGood = task.status === 'completed' || task.status === 'waiting_approval'
  const isBad = task.status === 'failed' || task.status === 'qa_failed'
  const word = statusWords[task.status]
  const status = isGood ? paint.green(word) : isBad ? paint.red(word) : paint.yellow(word)
  const lines = [`${paint.bold(`Task ${shortId(task.id)}`)} ${status}`]
  if (task.failure !== null) lines.push(`  ${paint.red(oneLine(task.failure.message))}`)
  if (task.status === 'completed' && task.commit === null)
    lines.push('  Nothing had to be changed.')
  for (const gate of task.gates) {
    const mark = gate.status === 'passed' ? paint.green('✓') : paint.red('✗')
    const took = gate.durationMs === null ? '' : ` · ${duration(gate.durationMs)}`
    const weight = gate.isBlocking ? '' : ' (does not hold the change back)'
    lines.push(`  ${mark} Gate ${oneLine(gate.name)} ${gateWord(gate.status)}${took}${weight}`)
  }
  if (task.change !== null) {
    const { files, additions, deletions, touchesGates } = task.change
    lines.push(
      `  ${plural(files, 'file')}, ${paint.green(`+${additions}`)} ${paint.red(`−${deletions}`)}${task.branch === null ? '' : ` on ${oneLine(task.branch)}`}`,
    )
    for (const touch of touchesGates) {
      lines.push(
        paint.yellow(
          `  ! changes what gate ${oneLine(touch.gate)} runs: ${oneLine(touch.path)} (${oneLine(touch.reason)})`,
        ),
      )
    }
  }
  if (task.commit !== null) lines.push(`  Commit ${paint.bold(task.commit)}`)
  if (task.landing.problem !== null) lines.push(`  ${paint.red(oneLine(task.landing.problem))}`)
  if (task.rejectReason) lines.push(`  Reason: ${oneLine(task.rejectReason)}`)
  const tokens = task.inputTokens + task.outputTokens
  lines.push(
    paint.dim(`  ${plural(task.turns, 'turn')}, ${tokens} tokens, ${cost(task.costMicros)}`),
  )
  return lines.map((text) => `${text}\n`).join('')
}

/** Everything about a task that a person may want. */
export function taskDetails(task: Task, paint: Paint): string {
  const facts: [string, string][] = [
    ['Id', task.id],
    ['Session', task.sessionId],
    ['Number', String(task.number)],
    ['Created', `${task.createdAt} by ${oneLine(task.createdBy.name)}`],
    ...(task.decidedBy === null
      ? []
      : [['Decided by', oneLine(task.decidedBy.name)] satisfies [string, string]]),
    ['Fix rounds', `${Math.max(0, task.round)} of ${task.maxRounds}`],
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const rows = facts
    .map(([name, value]) => `  ${paint.dim(name.padEnd(width))}  ${value}\n`)
    .join('')
  const indented = (text: string) => plain(text).trimEnd().replace(/^/gm, '  ')
  const message =
    task.message === null ? '' : `${paint.bold('Commit message')}\n${indented(task.message)}\n`
  return `${taskSummary(task, paint)}${rows}${paint.bold('Prompt')}\n${indented(task.prompt)}\n${message}`
}

const offers: readonly [keyof TaskActions, (id: string) => string][] = [
  ['approve', (id) => `sluice approve ${id}`],
  ['requestChanges', (id) => `sluice changes ${id} "what should be different"`],
  ['reject', (id) => `sluice reject ${id}`],
  ['continue', (id) => `sluice continue ${id}`],
  ['merge', (id) => `sluice merge ${id}`],
  ['push', (id) => `sluice push ${id}`],
  ['retry', (id) => `sluice retry ${id}`],
]

/** The commands that can follow, as the server allows them; where none can, nothing. */
export function nextSteps(task: Pick<Task, 'id' | 'actions'>, paint: Paint): string {
  const lines = offers
    .filter(([action]) => task.actions[action])
    .map(([, command]) => `  ${command(shortId(task.id))}\n`)
  return lines.length === 0 ? '' : `${paint.bold('Next')}\n${lines.join('')}`
}
