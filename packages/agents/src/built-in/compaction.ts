/**
 * Keeps a conversation within what its model can read. Old tool outputs go first; when that
 * is not enough, the model sums up the older turns. What was decided follows from the
 * messages and from the recorded summary alone, so a replay comes to the same conversation.
 */
import { callModel } from '@sluice/llm/call-model'
import { ModelError } from '@sluice/llm/errors'
import { noUsage } from '@sluice/llm/model'
import type { LanguageModel, ModelMessage, ModelToolResult } from '@sluice/llm/model'
import type { AgentDeps, AgentRequest, AgentStop } from '../agent.ts'
import { cutMiddle } from '../cut-text.ts'
import { usageEvent } from '../usage-event.ts'
import { Emitter } from './emitter.ts'
import type { CallCost } from './limits.ts'
import { stopCodeOf } from './model-turn.ts'

/** Tokens of messages, roughly: 3.5 characters each errs towards too many for code. */
export function estimateTokens(messages: readonly ModelMessage[]): number {
  return Math.ceil(messages.reduce((sum, message) => sum + charsOf(message), 0) / 3.5)
}

function charsOf(message: ModelMessage): number {
  return typeof message.content === 'string'
    ? message.content.length
    : JSON.stringify(message.content).length
}

const droppedOutput = '[This output was dropped to save room. Call the tool again if you need it.]'

/** Replaces long tool outputs before the last `keepTurns` assistant messages. */
export function dropOldOutputs(
  messages: readonly ModelMessage[],
  keepTurns: number,
): ModelMessage[] {
  const from = startOfRecent(messages, keepTurns)
  return messages.map((message, index) =>
    index < from && message.role === 'tool'
      ? { ...message, content: message.content.map(dropOutput) }
      : message,
  )
}

function dropOutput<Part extends { type: string }>(
  part: Part | ModelToolResult,
): Part | ModelToolResult {
  if (part.type !== 'tool-result' || !('output' in part)) return part
  const { output } = part
  if ((output.type !== 'text' && output.type !== 'error-text') || output.value.length <= 300)
    return part
  return { ...part, output: { ...output, value: droppedOutput } }
}

/** Where the last `keepTurns` assistant messages begin; a call and its results are never parted. */
export function startOfRecent(messages: readonly ModelMessage[], keepTurns: number): number {
  let turns = 0
  for (let index = messages.length - 1; index >= 0 && keepTurns > 0; index--) {
    if (messages[index]?.role === 'assistant' && ++turns === keepTurns) return index
  }
  return keepTurns > 0 ? 0 : messages.length
}

export interface CompactionInput {
  model: LanguageModel
  isLocal: boolean
  contextTokens: number
  messages: ModelMessage[]
  /** What the conversation takes now; the model's own count is better than our estimate. */
  tokens: number
  /** The model itself said that it is too long, whatever our estimate says. */
  isForced: boolean
  name: string
}

export type Compacted =
  | { messages: ModelMessage[]; cost: CallCost }
  | { stop: AgentStop; cost: CallCost }

type SummaryOutcome = CallCost &
  ({ kind: 'summary'; text: string } | { kind: 'stopped'; stop: AgentStop })

/** Shortens a conversation, as one durable step. */
export async function compact(
  input: CompactionInput,
  request: AgentRequest,
  deps: AgentDeps,
): Promise<Compacted> {
  const { messages, contextTokens } = input
  const dropped = dropOldOutputs(messages, 4)
  const free: CallCost = { usage: noUsage, costMicros: 0, elapsedMs: 0 }
  const saved = estimateTokens(messages) - estimateTokens(dropped)
  if (!input.isForced && input.tokens - saved <= contextTokens * 0.5) {
    await deps.step(input.name, async () => {
      await deps.emit(compactedEvent(request, messages.length, dropped.length))
      return null
    })
    return { messages: dropped, cost: free }
  }
  const keepTurns =
    [4, 2, 1].find(
      (turns) =>
        estimateTokens(dropped.slice(startOfRecent(dropped, turns))) <= contextTokens * 0.35,
    ) ?? 0
  const from = startOfRecent(dropped, input.isForced ? Math.min(keepTurns, 1) : keepTurns)
  const recent = dropped.slice(from)
  const outcome = await deps.step<SummaryOutcome>(input.name, async (step) => {
    const startedAt = deps.now()
    const emitter = new Emitter(deps.emit)
    const signal = AbortSignal.any([step.signal, deps.signal])
    const elapsed = () => Math.round(deps.now() - startedAt)
    try {
      const answer = await callModel(input.model, {
        prompt: summaryPrompt(messages.slice(0, from), contextTokens),
        maxOutputTokens: 4000,
        abortSignal: signal,
      })
      const { usage } = answer
      const { modelId } = input.model
      const call = { modelId, isLocal: input.isLocal, usage, durationMs: elapsed() }
      const added = usageEvent(request.taskId, call)
      emitter.send(added)
      emitter.send(compactedEvent(request, messages.length, recent.length + 1))
      return {
        kind: 'summary',
        text: answer.text,
        usage,
        costMicros: added.payload.costMicros,
        elapsedMs: elapsed(),
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ModelError) || error.isRetryable) throw error
      const stop = {
        reason: 'stopped' as const,
        code: stopCodeOf(error.reason),
        message: `The conversation could not be summed up: ${error.message}`,
      }
      return { kind: 'stopped', stop, ...free, elapsedMs: elapsed() }
    } finally {
      await emitter.drain()
    }
  })
  if (outcome.kind === 'stopped') return { stop: outcome.stop, cost: outcome }
  return {
    messages: [summaryMessage(outcome.text, request.prompt, contextTokens), ...recent],
    cost: outcome,
  }
}

function compactedEvent({ taskId }: AgentRequest, messagesBefore: number, messagesAfter: number) {
  return { type: 'context.compacted' as const, payload: { taskId, messagesBefore, messagesAfter } }
}

function summaryMessage(summary: string, prompt: string, contextTokens: number): ModelMessage {
  const task = cutMiddle(prompt, Math.floor(contextTokens * 0.7)).text
  const text = `The conversation so far was summed up to save room.\n\nThe task, in the person's words:\n${task}\n\nWhat was done and found:\n${summary}\n\nGo on from here.`
  return { role: 'user', content: [{ type: 'text', text }] }
}

const summaryInstruction = `Below is the beginning of a conversation in which you work on a repository. Sum it up so that you can go on with nothing else at hand. Keep: what was asked, with every wish and limit that a person gave; what was decided and why; which files were read and changed and how, with names of functions; what commands showed, errors word for word; what is left to do. Write plain notes, no introduction.`

/** As one text, not as messages: calls without their results would be refused by providers. */
function summaryPrompt(older: readonly ModelMessage[], contextTokens: number): ModelMessage[] {
  const transcript = older.map(lineOf).join('\n\n')
  const text = cutMiddle(transcript, Math.floor(contextTokens * 2)).text
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: `${summaryInstruction}\n\n<conversation>\n${text}\n</conversation>` },
      ],
    },
  ]
}

function lineOf(message: ModelMessage): string {
  if (message.role === 'system') return message.content
  const parts = message.content.map((part) => {
    switch (part.type) {
      case 'text':
        return part.text
      case 'tool-call':
        return `called ${part.toolName} ${cutMiddle(JSON.stringify(part.input), 2000).text}`
      case 'tool-result':
        return `result of ${part.toolName}: ${cutMiddle(JSON.stringify(part.output), 2000).text}`
      case 'file':
        return `[image ${part.filename ?? part.mediaType}]`
      default:
        return ''
    }
  })
  return `[${message.role}] ${parts.filter((part) => part !== '').join('\n')}`
}
