/**
 * The words for a language model that the rest of Sluice uses: the AI SDK's provider
 * interface under our names, so that only this package knows which SDK stands behind it.
 */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolResultPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'

export type LanguageModel = LanguageModelV4
export type ModelCall = LanguageModelV4CallOptions
/** One message of a conversation; JSON-serialisable as long as it holds no binary file. */
export type ModelMessage = LanguageModelV4Message
/** A tool as a model is told about it; `inputSchema` is a JSON Schema (draft 7). */
export type ModelTool = Omit<LanguageModelV4FunctionTool, 'inputSchema'> & {
  inputSchema: Record<string, unknown>
}
export type ModelStreamPart = LanguageModelV4StreamPart
export type ModelToolResult = LanguageModelV4ToolResultPart
export type FinishReason = LanguageModelV4FinishReason['unified']

/** Tokens of one or more calls. `inputTokens` is all of the prompt, cached parts included. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
}

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
}

/** Adds two usages up. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  }
}

/** Our usage from the SDK's, in which any figure can be missing (Ollama and others send few). */
export function usageOf(usage: LanguageModelV4Usage): Usage {
  const { inputTokens, outputTokens } = usage
  const cacheReadTokens = inputTokens.cacheRead ?? 0
  const cacheWriteTokens = inputTokens.cacheWrite ?? 0
  return {
    inputTokens:
      inputTokens.total ?? (inputTokens.noCache ?? 0) + cacheReadTokens + cacheWriteTokens,
    outputTokens: outputTokens.total ?? (outputTokens.text ?? 0) + (outputTokens.reasoning ?? 0),
    cacheReadTokens,
    cacheWriteTokens,
  }
}
