/** One model turn as the body of a durable step. */
import { createHash } from 'node:crypto'
import { MessageId } from '@sluice/contract/ids'
import { callModel } from '@sluice/llm/call-model'
import { ModelError } from '@sluice/llm/errors'
import type { ModelErrorReason } from '@sluice/llm/errors'
import { usageOf } from '@sluice/llm/model'
import type { FinishReason, LanguageModel, ModelMessage, ModelTool, Usage } from '@sluice/llm/model'
import { costMicros } from '@sluice/llm/prices'
import type { AgentDeps, AgentRequest, AgentStopCode, StepContext } from '../agent.ts'
import { usageEvent } from '../usage-event.ts'
import { Emitter } from './emitter.ts'
import { withImages } from './images.ts'
import type { CallCost } from './limits.ts'

/**
 * What a turn came to. Failures that a retry cannot mend are results, not errors: a result
 * is recorded, so a replay takes the same way.
 */
export type TurnOutcome = CallCost &
  (
    | {
        kind: 'answer'
        messageId: MessageId
        message: ModelMessage
        text: string
        toolCalls: { id: string; name: string; input: string }[]
        finishReason: FinishReason
      }
    | { kind: 'context_overflow'; message: string }
    | { kind: 'stopped'; code: AgentStopCode; message: string }
  )

export interface TurnInput {
  model: LanguageModel
  isLocal: boolean
  prompt: ModelMessage[]
  tools: ModelTool[]
  remainingMs: number
}

/**
 * Runs a turn: streams the answer to the log, then gives it whole.
 * @throws ModelError that is worth a retry; the signal's reason when cancelled
 */
export async function runTurn(
  input: TurnInput,
  request: AgentRequest,
  deps: AgentDeps,
  step: StepContext,
): Promise<TurnOutcome> {
  const startedAt = deps.now()
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(input.remainingMs)))
  const cancel = AbortSignal.any([step.signal, deps.signal])
  const messageId = messageIdOf(step.idempotencyKey)
  const emitter = new Emitter(deps.emit)
  const cost = (usage: Usage | undefined): CallCost => ({
    usage: usage ?? { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    costMicros:
      usage === undefined ? 0 : (costMicros(input.model.modelId, usage, input.isLocal) ?? null),
    elapsedMs: Math.round(deps.now() - startedAt),
  })
  const refusal = await deps.refuseCall?.()
  if (refusal !== undefined)
    return { ...cost(undefined), kind: 'stopped', code: 'cost_limit', message: refusal }
  let usage: Usage | undefined
  emitter.send({
    type: 'message.started',
    payload: { taskId: request.taskId, messageId, attempt: step.attempt },
  })
  try {
    const answer = await callModel(
      input.model,
      {
        ...modelSettings,
        prompt: withCacheMarks(await withImages(input.prompt, deps.readImage)),
        tools: input.tools,
        abortSignal: AbortSignal.any([cancel, limit]),
      },
      {
        onPart: (part) => {
          deps.sandbox.warm?.()
          if (part.type === 'finish') usage = usageOf(part.usage)
          if (part.type !== 'text-delta' && part.type !== 'reasoning-delta') return
          const kind = part.type === 'text-delta' ? ('text' as const) : ('reasoning' as const)
          emitter.stream(kind, part.delta, (text) => ({
            type: 'message.text',
            payload: { messageId, kind, text },
          }))
        },
      },
    )
    return { ...cost(answer.usage), kind: 'answer', messageId, ...answer }
  } catch (error) {
    cancel.throwIfAborted()
    if (limit.aborted)
      return {
        ...cost(usage),
        kind: 'stopped',
        code: 'time_limit',
        message: 'The time limit ended a model call.',
      }
    if (!(error instanceof ModelError) || error.isRetryable) throw error
    if (error.reason === 'context_overflow')
      return { ...cost(usage), kind: 'context_overflow', message: error.message }
    return {
      ...cost(usage),
      kind: 'stopped',
      code: stopCodeOf(error.reason),
      message: error.message,
    }
  } finally {
    if (usage) {
      const { model, isLocal } = input
      const durationMs = cost(usage).elapsedMs
      emitter.send(
        usageEvent(request.taskId, { modelId: model.modelId, isLocal, usage, durationMs }),
      )
    }
    emitter.send({ type: 'message.ended', payload: { messageId } })
    await emitter.drain()
  }
}

/** Which of a task's failure codes stands for a failed model call. */
export function stopCodeOf(reason: ModelErrorReason): AgentStopCode {
  switch (reason) {
    case 'auth':
      return 'provider_auth'
    case 'rate_limited':
    case 'overloaded':
    case 'unreachable':
      return 'provider_unavailable'
    case 'recording_mismatch':
      return 'recording_mismatch'
    case 'unknown_model':
    case 'context_overflow':
    case 'bad_request':
    case 'refused':
    case 'invalid_response':
      return 'provider_error'
  }
}

/** Providers ignore settings under another one's name. OpenAI: keep no copy of the conversation on its side. */
const modelSettings = { providerOptions: { openai: { store: false } } }

/**
 * Anthropic caches a prompt up to marked places: after the system text (with the tools
 * before it) and after the newest message, which the next turn's prompt begins with.
 */
function withCacheMarks(prompt: ModelMessage[]): ModelMessage[] {
  const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } }
  return prompt.map((message, index) =>
    message.role === 'system' || index === prompt.length - 1
      ? { ...message, providerOptions }
      : message,
  )
}

/** The same for every attempt of a step, so that a later attempt replaces what an earlier one showed. */
function messageIdOf(idempotencyKey: string): MessageId {
  return MessageId.parse(
    `msg_${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32)}`,
  )
}
