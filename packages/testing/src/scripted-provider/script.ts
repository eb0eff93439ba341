/** What a scripted model is asked, what a script lets it answer, and what of it every protocol needs. */
import type { IncomingMessage } from 'node:http'

export interface ScriptedRequest {
  /** Counts from 1 over all model calls. */
  number: number
  protocol: 'anthropic' | 'openai_chat' | 'openai_responses'
  model: string
  isStream: boolean
  headers: IncomingMessage['headers']
  /** The body as it came. */
  body: Record<string, unknown>
  /** The body as text, for looking whether something stands in it anywhere. */
  bodyText: string
}

export interface ScriptedAnswer {
  /** Pieces are streamed one by one. */
  text?: string | readonly string[]
  reasoning?: string
  /** `input`: an object, or the raw text that stands where JSON is expected. */
  toolCalls?: readonly { id?: string; name: string; input: object | string }[]
  isCutByLength?: boolean
  usage?: {
    inputTokens?: number
    outputTokens?: number
    cacheReadTokens?: number
    cacheWriteTokens?: number
  }
  /** Nothing is sent before it settles. */
  before?: Promise<unknown>
  /** Awaited after the piece of that number (from 1) was sent. */
  afterPiece?: (piece: number) => Promise<unknown> | undefined
  /** The connection is cut after so many pieces of text. */
  cutAfterPieces?: number
}

export interface ScriptedFailure {
  status: number
  message: string
  /** The vendor's error type, such as `rate_limit_error`. */
  type?: string
  headers?: Record<string, string>
  /** Sent as it is instead of the vendor's error form. */
  rawBody?: string
  before?: Promise<unknown>
}

export type Script = (
  request: ScriptedRequest,
) => ScriptedAnswer | ScriptedFailure | Promise<ScriptedAnswer | ScriptedFailure>

/** One server-sent event; `isPiece` marks a piece of the text. */
export interface Frame {
  event?: string
  data: unknown
  isPiece?: boolean
}
/** An answer in the form of a protocol, whole and streamed. */
export interface Form {
  whole: unknown
  stream: Frame[]
}

export function piecesOf({ text }: ScriptedAnswer): readonly string[] {
  if (text === undefined || text === '') return []
  return typeof text === 'string' ? [text] : text
}

export function callsOf(
  answer: ScriptedAnswer,
  number: number,
): { id: string; name: string; input: object | string; json: string }[] {
  return (answer.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `call_${number}_${index + 1}`,
    name: call.name,
    input: call.input,
    json: typeof call.input === 'string' ? call.input : JSON.stringify(call.input),
  }))
}

/** Arguments come in pieces that are no JSON by themselves, as from the real ones. */
export function halves(json: string): string[] {
  const middle = Math.ceil(json.length / 2)
  return [json.slice(0, middle), json.slice(middle)].filter((part) => part !== '')
}

export function usageOf({ usage }: ScriptedAnswer): {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
} {
  return {
    input: usage?.inputTokens ?? 100,
    output: usage?.outputTokens ?? 10,
    cacheRead: usage?.cacheReadTokens ?? 0,
    cacheWrite: usage?.cacheWriteTokens ?? 0,
  }
}
