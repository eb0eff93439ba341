/** What a task has used, and whether it may go on. Pure. */
import { addUsage, noUsage } from '@sluice/llm/model'
import type { Usage } from '@sluice/llm/model'
import type { AgentLimits, AgentStop } from '../agent.ts'
import { durationText } from './tools/run-command.ts'

export interface Spent {
  turns: number
  usage: Usage
  /** Null once a call's price was not known. */
  costMicros: number | null
  elapsedMs: number
}

export const nothingSpent: Spent = { turns: 0, usage: noUsage, costMicros: 0, elapsedMs: 0 }

/** What one model call used, as its step recorded it. */
export interface CallCost {
  usage: Usage
  costMicros: number | null
  elapsedMs: number
}

export function addCall(spent: Spent, call: CallCost, isTurn: boolean): Spent {
  return {
    turns: spent.turns + (isTurn ? 1 : 0),
    usage: addUsage(spent.usage, call.usage),
    costMicros:
      spent.costMicros === null || call.costMicros === null
        ? null
        : spent.costMicros + call.costMicros,
    elapsedMs: spent.elapsedMs + call.elapsedMs,
  }
}

/** The limit that is reached, if any; looked at before each model turn. */
export function reachedLimit(spent: Spent, limits: AgentLimits): AgentStop | undefined {
  const stopped = (
    code: 'turn_limit' | 'token_limit' | 'cost_limit' | 'time_limit',
    message: string,
  ) => ({ reason: 'stopped', code, message }) as const
  if (spent.turns >= limits.turns)
    return stopped('turn_limit', `The limit of ${limits.turns} model turns is reached.`)
  if (spent.usage.inputTokens + spent.usage.outputTokens >= limits.tokens) {
    return stopped('token_limit', `The limit of ${limits.tokens} tokens is reached.`)
  }
  if (
    limits.costMicros !== null &&
    spent.costMicros !== null &&
    spent.costMicros >= limits.costMicros
  ) {
    return stopped(
      'cost_limit',
      `The limit of $${(limits.costMicros / 1_000_000).toFixed(2)} is reached.`,
    )
  }
  if (spent.elapsedMs >= limits.timeMs)
    return stopped('time_limit', `The limit of ${durationText(limits.timeMs)} of work is reached.`)
  return undefined
}
