/** The file format of a recorded conversation with a model. */
import { z } from 'zod'

const Json: z.ZodType<unknown> = z.json()

/** What of a request must be equal for a recorded answer to be given; see `normaliseRequest`. */
export const RecordedRequest = z.object({
  system: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.array(Json) })),
  tools: z.array(z.object({ name: z.string(), description: z.string(), inputSchema: Json })),
})
export type RecordedRequest = z.infer<typeof RecordedRequest>

export const RecordedPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({ type: z.literal('tool_call'), id: z.string(), name: z.string(), input: z.string() }),
])
export type RecordedPart = z.infer<typeof RecordedPart>

export const RecordedExchange = z.object({
  request: RecordedRequest,
  parts: z.array(RecordedPart),
  finishReason: z.enum(['stop', 'length', 'content-filter', 'tool-calls', 'other']),
  usage: z.object({
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
    cacheReadTokens: z.number().int(),
    cacheWriteTokens: z.number().int(),
  }),
  /** How long the model took before its first part, and for all of its parts. */
  pacing: z.object({ firstPartMs: z.number().int(), totalMs: z.number().int() }),
})
export type RecordedExchange = z.infer<typeof RecordedExchange>

/**
 * A place in a request that may differ between machines and is replaced before requests
 * are compared: a regular expression and what stands in its place.
 */
export const RecordingMask = z.object({ pattern: z.string(), replacement: z.string() })
export type RecordingMask = z.infer<typeof RecordingMask>

/** A recorded conversation: what was asked, in order, and what was answered. */
export const Recording = z.object({
  format: z.literal(1),
  recorded: z.literal(true),
  modelId: z.string(),
  description: z.string(),
  masks: z.array(RecordingMask),
  exchanges: z.array(RecordedExchange),
})
export type Recording = z.infer<typeof Recording>
