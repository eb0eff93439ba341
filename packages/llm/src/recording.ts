/** Records conversations with a model and replays them for exactly the requests they hold. */
import { setTimeout as wait } from 'node:timers/promises'
import { firstDifference, normaliseRequest, requestKey } from './normalise-request.ts'
import type { Difference } from './normalise-request.ts'
import { ModelError } from './errors.ts'
import { callModel } from './call-model.ts'
import type { LanguageModel, ModelCall, ModelStreamPart } from './model.ts'
import type {
  RecordedExchange,
  RecordedPart,
  RecordedRequest,
  Recording,
  RecordingMask,
} from './recording-format.ts'

/** A request that a recording does not hold. */
export class RecordingMismatchError extends ModelError {
  readonly difference: Difference

  constructor(modelId: string, difference: Difference) {
    super(
      'recording_mismatch',
      `${modelId} is a recording and answers only what it holds. The nearest request it holds differs at ` +
        `${difference.path}: recorded ${difference.expected}, asked ${difference.actual}.`,
    )
    this.name = 'RecordingMismatchError'
    this.difference = difference
  }
}

export interface ReplayOptions {
  /** 1 answers as fast as recorded, 0.5 twice as fast, 0 at once. Default 1. */
  pace?: number
}

/**
 * A model that answers from a recording. Stateless: the same request gets the same answer
 * as often as it is asked, so that a turn that is run again after a crash finds it.
 */
export function recordingModel(recording: Recording, options: ReplayOptions = {}): LanguageModel {
  const pace = options.pace ?? 1
  const byKey = new Map(
    recording.exchanges.map((exchange) => [requestKey(exchange.request), exchange]),
  )
  const find = (call: ModelCall): RecordedExchange => {
    const request = normaliseRequest(call, recording.masks)
    const exchange = byKey.get(requestKey(request))
    if (exchange) return exchange
    throw new RecordingMismatchError(recording.modelId, nearestDifference(recording, request))
  }
  return {
    specificationVersion: 'v4',
    provider: 'recording',
    modelId: recording.modelId,
    supportedUrls: {},
    async doGenerate(call) {
      const exchange = find(call)
      const content = exchange.parts.map((part) =>
        part.type === 'tool_call'
          ? {
              type: 'tool-call' as const,
              toolCallId: part.id,
              toolName: part.name,
              input: part.input,
            }
          : { type: part.type, text: part.text },
      )
      const finishReason = { unified: exchange.finishReason, raw: exchange.finishReason }
      return { content, finishReason, usage: sdkUsage(exchange), warnings: [] }
    },
    async doStream(call) {
      const exchange = find(call)
      return { stream: ReadableStream.from(replay(exchange, pace, call.abortSignal)) }
    },
  }
}

export interface RecordSink {
  masks: readonly RecordingMask[]
  add: (exchange: RecordedExchange) => void
  /** Milliseconds; for the pacing that is recorded. */
  now: () => number
}

/** Wraps a model so that every exchange with it is handed to the sink as well. Failed calls are not recorded. */
export function recordModel(model: LanguageModel, sink: RecordSink): LanguageModel {
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: () =>
      Promise.reject(new ModelError('bad_request', 'Only streamed calls are recorded.')),
    async doStream(call) {
      const startedAt = sink.now()
      let firstPartAt: number | undefined
      const parts: ModelStreamPart[] = []
      const answer = await callModel(model, call, {
        onPart: (part) => {
          if (part.type !== 'stream-start' && part.type !== 'response-metadata')
            firstPartAt ??= sink.now()
          parts.push(part)
        },
      })
      const firstPartMs = Math.round((firstPartAt ?? startedAt) - startedAt)
      sink.add({
        request: normaliseRequest(call, sink.masks),
        parts: recordedParts(parts),
        finishReason: finishOf(answer.finishReason),
        usage: answer.usage,
        pacing: { firstPartMs, totalMs: Math.round(sink.now() - startedAt) - firstPartMs },
      })
      return { stream: ReadableStream.from(parts) }
    },
  }
}

function finishOf(reason: string): RecordedExchange['finishReason'] {
  return reason === 'stop' ||
    reason === 'length' ||
    reason === 'content-filter' ||
    reason === 'tool-calls'
    ? reason
    : 'other'
}

function recordedParts(stream: ModelStreamPart[]): RecordedPart[] {
  const parts: RecordedPart[] = []
  const open = new Map<string, Extract<RecordedPart, { text: string }>>()
  for (const part of stream) {
    if (part.type === 'text-start' || part.type === 'reasoning-start') {
      const block = {
        type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const),
        text: '',
      }
      open.set(part.id, block)
      parts.push(block)
    } else if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      const block = open.get(part.id)
      if (block) block.text += part.delta
    } else if (part.type === 'tool-call') {
      parts.push({ type: 'tool_call', id: part.toolCallId, name: part.toolName, input: part.input })
    }
  }
  return parts
}

async function* replay(
  exchange: RecordedExchange,
  pace: number,
  signal?: AbortSignal,
): AsyncGenerator<ModelStreamPart> {
  const pause = async (ms: number) => {
    signal?.throwIfAborted()
    if (ms * pace >= 1) await wait(ms * pace, undefined, { signal })
  }
  yield { type: 'stream-start', warnings: [] }
  await pause(exchange.pacing.firstPartMs)
  const pieces = exchange.parts.map((part) =>
    part.type === 'tool_call' ? [part.input] : words(part.text),
  )
  const pieceCount = pieces.reduce((sum, list) => sum + list.length, 0)
  const stepMs = exchange.pacing.totalMs / Math.max(1, pieceCount)
  for (const [index, part] of exchange.parts.entries()) {
    const id = String(index)
    if (part.type === 'tool_call') {
      await pause(stepMs)
      yield { type: 'tool-call', toolCallId: part.id, toolName: part.name, input: part.input }
      continue
    }
    yield { type: `${part.type}-start`, id }
    for (const delta of pieces[index] ?? []) {
      await pause(stepMs)
      yield { type: `${part.type}-delta`, id, delta }
    }
    yield { type: `${part.type}-end`, id }
  }
  const finishReason = { unified: exchange.finishReason, raw: exchange.finishReason }
  yield { type: 'finish', finishReason, usage: sdkUsage(exchange) }
}

function words(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === '' ? [] : [text])
}

function sdkUsage({ usage }: RecordedExchange) {
  const noCache = usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens
  return {
    inputTokens: {
      total: usage.inputTokens,
      noCache,
      cacheRead: usage.cacheReadTokens,
      cacheWrite: usage.cacheWriteTokens,
    },
    outputTokens: { total: usage.outputTokens, text: usage.outputTokens, reasoning: undefined },
  }
}

/** The held request that agrees with the asked one for longest tells a person most. */
function nearestDifference(recording: Recording, request: RecordedRequest): Difference {
  let nearest: { depth: number; difference: Difference } | undefined
  for (const exchange of recording.exchanges) {
    const found = firstDifference(exchange.request, request)
    if (found && (nearest === undefined || found.depth > nearest.depth)) nearest = found
  }
  return (
    nearest?.difference ?? { path: 'the whole request', expected: 'nothing', actual: 'a request' }
  )
}
