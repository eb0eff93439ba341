/** Opens, lists and tests the models of a provider. */
import { APICallError } from '@ai-sdk/provider'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { z } from 'zod'
import { callModel } from './call-model.ts'
import { ModelError, toModelError } from './errors.ts'
import type { LanguageModel } from './model.ts'
import { findPrice } from './prices.ts'
import { addressOf, isLocalProvider } from './provider-config.ts'
import type { ProviderConfig, RecordingConfig } from './provider-config.ts'
import { recordingModel } from './recording.ts'

/**
 * Opens a model. Calls nothing: a wrong key or model is found at the first call.
 * Reads no environment variable, whatever the SDK's own defaults are.
 */
export function openModel(config: ProviderConfig, modelId: string): LanguageModel {
  switch (config.kind) {
    case 'anthropic':
      return createAnthropic({
        baseURL: addressOf(config),
        apiKey: config.apiKey ?? '',
      }).languageModel(modelId)
    case 'openai':
      return createOpenAI({ baseURL: addressOf(config), apiKey: config.apiKey ?? '' }).responses(
        modelId,
      )
    case 'openai_compatible':
      return createOpenAICompatible({
        name: config.name ?? 'openai_compatible',
        baseURL: addressOf(config) ?? config.baseUrl,
        includeUsage: true,
        ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }),
      }).languageModel(modelId)
    case 'recording':
      return recordingModel(config.recording, { pace: config.pace ?? 1 })
  }
}

/** A model as the contract's `ProviderModel` shows it. */
export interface ListedModel {
  id: string
  name: string
  inputMicrosPerMTok: number | null
  outputMicrosPerMTok: number | null
}

export interface ModelList {
  models: ListedModel[]
  /** What to choose where a person has not. */
  defaultModelId: string | undefined
}

/** Newest fit for coding first; the first that an endpoint really lists becomes the default. */
const preferred: Record<'anthropic' | 'openai', readonly string[]> = {
  anthropic: [
    'claude-sonnet-5-5',
    'claude-sonnet-5',
    'claude-opus-5-5',
    'claude-opus-5',
    'claude-sonnet-4-6',
    'claude-sonnet-4-5',
    'claude-haiku-4-5',
  ],
  openai: [
    'gpt-5.6-terra',
    'gpt-5.5',
    'gpt-5.4',
    'gpt-5.3-codex',
    'gpt-5.2-codex',
    'gpt-5.1',
    'gpt-5',
    'gpt-5-mini',
    'gpt-4.1',
  ],
}

/** The default model of a provider without asking it; undefined for an endpoint with models of its own. */
export function defaultModelId(config: ProviderConfig): string | undefined {
  if (config.kind === 'recording') return config.recording.modelId
  return config.kind === 'openai_compatible' ? undefined : preferred[config.kind][0]
}

const ModelsPage = z.object({
  data: z.array(z.object({ id: z.string(), display_name: z.string().optional() })),
})

/**
 * Asks the provider which models it serves (`GET /models`, the same path and shape with
 * Anthropic, OpenAI, Ollama and vLLM).
 * @throws ModelError with a readable message
 */
export async function listModels(
  config: ProviderConfig,
  options: { signal: AbortSignal; timeoutMs?: number },
): Promise<ModelList> {
  if (config.kind === 'recording') {
    const { modelId, description } = config.recording
    return { models: [listed(config, modelId, description)], defaultModelId: modelId }
  }
  const page = await fetchModels(config, options)
  // An embedding or image model cannot hold a conversation; OpenAI lists all of them together.
  const isOther =
    /embed|whisper|tts|dall-e|image|audio|realtime|moderation|transcribe|sora|babbage|davinci|rerank/i
  const models = page.data
    .filter(({ id }) => !isOther.test(id))
    .map(({ id, display_name }) => listed(config, id, display_name ?? id))
  const wished = config.kind === 'openai_compatible' ? [] : preferred[config.kind]
  const byUndatedId = new Map(models.map(({ id }) => [id.replace(/-20\d{6}$/, ''), id]))
  const chosen = wished.map((id) => byUndatedId.get(id)).find((id) => id !== undefined)
  return { models, defaultModelId: chosen ?? models[0]?.id }
}

async function fetchModels(
  config: Exclude<ProviderConfig, RecordingConfig>,
  options: { signal: AbortSignal; timeoutMs?: number },
): Promise<z.infer<typeof ModelsPage>> {
  const url = `${addressOf(config)}/models${config.kind === 'anthropic' ? '?limit=1000' : ''}`
  const where = addressOf(config)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (config.kind === 'anthropic') {
    headers['anthropic-version'] = '2023-06-01'
    if (config.apiKey) headers['x-api-key'] = config.apiKey
  } else if (config.apiKey) headers['authorization'] = `Bearer ${config.apiKey}`
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 10_000)])
  try {
    const response = await fetch(url, { headers, signal })
    const body = await response.text()
    if (!response.ok) throw await httpError(url, response, body)
    const page = ModelsPage.safeParse(jsonOf(body))
    if (!page.success)
      throw new ModelError('invalid_response', `${url} answered, but not with a list of models.`)
    return page.data
  } catch (error) {
    options.signal.throwIfAborted()
    throw toModelError(error, where)
  }
}

async function httpError(url: string, response: Response, responseBody: string): Promise<unknown> {
  const responseHeaders = Object.fromEntries(response.headers)
  const body = ErrorBody.safeParse(jsonOf(responseBody))
  const message = body.success ? messageOf(body.data.error) : response.statusText
  const details = {
    url,
    responseBody,
    responseHeaders,
    statusCode: response.status,
    requestBodyValues: undefined,
  }
  return new APICallError({ message, ...details })
}

const ErrorBody = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

function messageOf(error: z.infer<typeof ErrorBody>['error']): string {
  return typeof error === 'string' ? error : error.message
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function listed(config: ProviderConfig, id: string, name: string): ListedModel {
  const price = findPrice(id, isLocalProvider(config))
  return {
    id,
    name,
    inputMicrosPerMTok: price?.inputMicrosPerMTok ?? null,
    outputMicrosPerMTok: price?.outputMicrosPerMTok ?? null,
  }
}

export interface ProviderTestResult {
  ok: boolean
  modelId: string
  /** What the model really said. */
  answer: string | null
  /** What went wrong, readable. */
  problem: string | null
  latencyMs: number
}

/**
 * Sends one tiny real request and gives the true answer or the true error. Never throws but
 * for the caller's own cancel.
 */
export async function testProvider(
  config: ProviderConfig,
  options: { modelId: string; signal: AbortSignal; timeoutMs?: number; now?: () => number },
): Promise<ProviderTestResult> {
  const { modelId } = options
  const now = options.now ?? performance.now.bind(performance)
  if (config.kind === 'recording') {
    const answer = `A recording of ${config.recording.exchanges.length} exchanges; it answers only what it holds.`
    return { ok: true, modelId, answer, problem: null, latencyMs: 0 }
  }
  const startedAt = now()
  const timeoutMs = options.timeoutMs ?? 30_000
  const limit = AbortSignal.timeout(timeoutMs)
  const done = (answer: string | null, problem: string | null): ProviderTestResult => ({
    ok: problem === null,
    modelId,
    answer,
    problem,
    latencyMs: Math.round(now() - startedAt),
  })
  try {
    const { text } = await callModel(openModel(config, modelId), {
      prompt: [
        { role: 'user', content: [{ type: 'text', text: 'Answer with the one word: ready' }] },
      ],
      // Models that think count it into the limit, and OpenAI's Responses API takes no less than 16.
      maxOutputTokens: 512,
      abortSignal: AbortSignal.any([options.signal, limit]),
    })
    return done(text.trim(), null)
  } catch (error) {
    options.signal.throwIfAborted()
    if (limit.aborted)
      return done(null, `${addressOf(config)} did not answer within ${timeoutMs / 1000} s.`)
    const known = toModelError(error, addressOf(config))
    return done(null, known instanceof Error ? known.message : String(known))
  }
}
