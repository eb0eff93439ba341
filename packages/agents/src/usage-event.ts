import type { TaskId } from '@sluice/contract/ids'
import type { Usage } from '@sluice/llm/model'
import { costMicros } from '@sluice/llm/prices'

/** A call of a model that has ended, in milliseconds. */
export interface EndedCall {
  modelId: string
  /** Answers on the user's own machines, so it costs nothing. */
  isLocal: boolean
  usage: Usage
  durationMs: number
}

/** The event that adds a call's tokens to what people see. */
export function usageEvent(taskId: TaskId, { modelId, isLocal, usage, durationMs }: EndedCall) {
  const { inputTokens, outputTokens } = usage
  const micros = costMicros(modelId, usage, isLocal) ?? null
  return {
    type: 'usage.added' as const,
    payload: { taskId, modelId, inputTokens, outputTokens, costMicros: micros, durationMs },
  }
}
