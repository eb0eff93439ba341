/** One call of a model, streamed, collected, and held to a time limit. */
import { ModelError, toModelError } from './errors.ts'
import { noUsage, usageOf } from './model.ts'
import type {
  FinishReason,
  LanguageModel,
  ModelCall,
  ModelMessage,
  ModelStreamPart,
  Usage,
} from './model.ts'

type AssistantContent = Extract<ModelMessage, { role: 'assistant' }>['content']

export interface ModelAnswer {
  /** The answer as it goes back into the conversation; JSON-serialisable. */
  message: Extract<ModelMessage, { role: 'assistant' }>
  text: string
  /** Tool calls in the order given; `input` is the JSON text that the model wrote, unchecked. */
  toolCalls: { id: string; name: string; input: string }[]
  finishReason: FinishReason
  usage: Usage
}

export interface CallOptions {
  /** Ends the call when nothing came for so long. Default 120 s: models that think say nothing for a while. */
  idleLimitMs?: number
  /** Every part as it arrives. */
  onPart?: (part: ModelStreamPart) => void
}

/**
 * Calls a model and collects its streamed answer.
 * @throws ModelError with a reason to retry by; the signal's reason when cancelled. A
 *   stream that ends without its end mark is an error (`unreachable`), never a short answer.
 */
export async function callModel(
  model: LanguageModel,
  call: ModelCall,
  options: CallOptions = {},
): Promise<ModelAnswer> {
  const signal = call.abortSignal
  signal?.throwIfAborted()
  const idleLimitMs = options.idleLimitMs ?? 120_000
  const idle = new AbortController()
  const onIdle = () =>
    idle.abort(new ModelError('unreachable', `The model sent nothing for ${idleLimitMs / 1000} s.`))
  const timer = setTimeout(onIdle, idleLimitMs)
  const abortSignal = signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal])
  const collector = new AnswerCollector()
  try {
    const { stream } = await settleOrAbort(
      Promise.resolve(model.doStream({ ...call, abortSignal })),
      abortSignal,
    )
    const reader = stream.getReader()
    try {
      for (;;) {
        const { done, value } = await settleOrAbort(reader.read(), abortSignal)
        if (done) break
        timer.refresh()
        collector.add(value)
        options.onPart?.(value)
      }
    } catch (error) {
      // The provider's own stream has to be told, or its socket stays open. It may already be
      // broken, which the error below says better than a second one from the cancel would.
      reader.cancel(error).catch(() => undefined)
      throw error
    }
    return collector.answer()
  } catch (error) {
    signal?.throwIfAborted()
    idle.signal.throwIfAborted()
    throw toModelError(error)
  } finally {
    clearTimeout(timer)
  }
}

/** A provider may be slow to notice a cancel; the caller is let go at once. */
async function settleOrAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

class AnswerCollector {
  readonly #content: AssistantContent = []
  readonly #toolCalls: ModelAnswer['toolCalls'] = []
  readonly #open = new Map<
    string,
    { type: 'text' | 'reasoning'; text: string; providerOptions?: ProviderOptions }
  >()
  #finish: { reason: FinishReason; usage: Usage } | undefined

  add(part: ModelStreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const block = {
          type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const),
          text: '',
        }
        this.#open.set(part.id, block)
        this.#content.push(block)
        this.#keepOptions(part)
        return
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const block = this.#open.get(part.id)
        if (block) block.text += part.delta
        this.#keepOptions(part)
        return
      }
      case 'text-end':
      case 'reasoning-end':
        this.#keepOptions(part)
        this.#open.delete(part.id)
        return
      case 'tool-call':
        this.#toolCalls.push({ id: part.toolCallId, name: part.toolName, input: part.input })
        this.#content.push({
          type: 'tool-call',
          toolCallId: part.toolCallId,
          toolName: part.toolName,
          input: objectOf(part.input),
          ...(part.providerMetadata ? { providerOptions: part.providerMetadata } : {}),
        })
        return
      case 'finish':
        this.#finish = { reason: part.finishReason.unified, usage: usageOf(part.usage) }
        return
      case 'error':
        throw part.error
      default:
      // Marks of progress, and kinds of content that no tool of ours asks for.
    }
  }

  /** Signatures of thinking and item ids come with any part of a block and must go back with it. */
  #keepOptions(part: { id: string; providerMetadata?: ProviderOptions }): void {
    const block = this.#open.get(part.id)
    if (block && part.providerMetadata)
      block.providerOptions = { ...block.providerOptions, ...part.providerMetadata }
  }

  answer(): ModelAnswer {
    const reason = this.#finish?.reason
    if (reason === undefined || reason === 'interrupted') {
      throw new ModelError('unreachable', 'The answer was cut off before its end.')
    }
    if (reason === 'content-filter' && this.#content.length === 0) {
      throw new ModelError('refused', "The provider's safety filter refused to answer.")
    }
    if (reason === 'error')
      throw new ModelError('overloaded', 'The provider failed in the middle of its answer.')
    const content = this.#content.filter((part) => part.type !== 'text' || part.text !== '')
    return {
      message: { role: 'assistant', content },
      text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      toolCalls: this.#toolCalls,
      finishReason: reason,
      usage: this.#finish?.usage ?? noUsage,
    }
  }
}

type ProviderOptions = NonNullable<Extract<ModelMessage, { role: 'assistant' }>['providerOptions']>

/**
 * What goes back to the provider as a call's input must be an object, or the next request
 * is refused; what the model really wrote stays in `toolCalls`.
 */
function objectOf(input: string): unknown {
  try {
    const value: unknown = JSON.parse(input === '' ? '{}' : input)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Not JSON: kept as text below.
  }
  return { malformed_input: input }
}
