/** How to reach a provider of models, and which providers an environment names. */
import type { Recording } from './recording-format.ts'

export interface AnthropicConfig {
  kind: 'anthropic'
  apiKey?: string
  /** With or without `/v1` at its end. Default: the vendor's own. */
  baseUrl?: string
}
export interface OpenAiConfig {
  kind: 'openai'
  apiKey?: string
  /** Default: the vendor's own. It must speak the Responses API; else use `openai_compatible`. */
  baseUrl?: string
}
/** Any endpoint that speaks OpenAI's Chat Completions: Ollama, vLLM, LM Studio, a gateway. */
export interface OpenAiCompatibleConfig {
  kind: 'openai_compatible'
  /** With its version, such as `http://127.0.0.1:11434/v1`. */
  baseUrl: string
  apiKey?: string
  name?: string
}
/** A recorded conversation in place of a model. */
export interface RecordingConfig {
  kind: 'recording'
  recording: Recording
  /** How fast it answers: 1 as recorded, 0 at once (tests). Default 1. */
  pace?: number
}
export type ProviderConfig =
  | AnthropicConfig
  | OpenAiConfig
  | OpenAiCompatibleConfig
  | RecordingConfig

export interface FoundProvider {
  name: string
  config: Exclude<ProviderConfig, RecordingConfig>
  /** Where it was found, in the form that the contract's `Provider.source` has. */
  source: string
}

/** The variables that name a provider; values come from the caller's one reader of the environment. */
export type ProviderEnvironment = Partial<
  Record<
    | 'ANTHROPIC_API_KEY'
    | 'ANTHROPIC_BASE_URL'
    | 'OPENAI_API_KEY'
    | 'OPENAI_BASE_URL'
    | 'OLLAMA_BASE_URL',
    string
  >
>

/**
 * The providers that an environment names. Pure: reads the record it is given, calls nothing.
 *
 * `OPENAI_BASE_URL` at another host than OpenAI's means a compatible endpoint, which
 * commonly speaks Chat Completions only.
 */
export function findProviders(env: ProviderEnvironment): FoundProvider[] {
  const found: FoundProvider[] = []
  const anthropicKey = valueOf(env.ANTHROPIC_API_KEY)
  const anthropicUrl = valueOf(env.ANTHROPIC_BASE_URL)
  if (anthropicKey !== undefined || anthropicUrl !== undefined) {
    found.push({
      name: 'Anthropic',
      config: {
        kind: 'anthropic',
        ...(anthropicKey === undefined ? {} : { apiKey: anthropicKey }),
        ...(anthropicUrl === undefined ? {} : { baseUrl: anthropicUrl }),
      },
      source: sourceOf({ ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: anthropicUrl }),
    })
  }
  const openaiKey = valueOf(env.OPENAI_API_KEY)
  const openaiUrl = valueOf(env.OPENAI_BASE_URL)
  const source = sourceOf({ OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: openaiUrl })
  if (openaiUrl !== undefined && hostOf(openaiUrl) !== 'api.openai.com') {
    const key = openaiKey === undefined ? {} : { apiKey: openaiKey }
    found.push({
      name: `OpenAI-compatible at ${hostOf(openaiUrl)}`,
      config: { kind: 'openai_compatible', baseUrl: openaiUrl, ...key },
      source,
    })
  } else if (openaiKey !== undefined) {
    const url = openaiUrl === undefined ? {} : { baseUrl: openaiUrl }
    found.push({ name: 'OpenAI', config: { kind: 'openai', apiKey: openaiKey, ...url }, source })
  }
  const ollamaUrl = valueOf(env.OLLAMA_BASE_URL)
  if (ollamaUrl !== undefined) {
    found.push({
      name: 'Ollama',
      config: { kind: 'openai_compatible', baseUrl: ollamaApiUrl(ollamaUrl), name: 'ollama' },
      source: 'environment: OLLAMA_BASE_URL',
    })
  }
  return found
}

/** The address that a provider is called at, without a trailing slash; undefined for a recording. */
export function addressOf(config: ProviderConfig): string | undefined {
  switch (config.kind) {
    case 'anthropic': {
      const base = trimSlash(config.baseUrl ?? 'https://api.anthropic.com')
      // Clients of Anthropic disagree whether a base URL holds the version; take both.
      return base.endsWith('/v1') ? base : `${base}/v1`
    }
    case 'openai':
      return trimSlash(config.baseUrl ?? 'https://api.openai.com/v1')
    case 'openai_compatible':
      return trimSlash(config.baseUrl)
    case 'recording':
      return undefined
  }
}

/** Whether the provider is on this machine or a private network: a model without a list price then costs nothing. */
export function isLocalProvider(config: ProviderConfig): boolean {
  const address = addressOf(config)
  if (address === undefined || config.kind !== 'openai_compatible' || !URL.canParse(address))
    return config.kind === 'recording'
  const host = new URL(address).hostname
  return (
    /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(host) ||
    /\.(local|internal|lan)$/.test(host) ||
    host === 'host.docker.internal' ||
    (!host.includes('.') && !host.startsWith('['))
  )
}

/** Ollama's own API lies at the root, its compatible one under `/v1`. */
function ollamaApiUrl(url: string): string {
  const base = trimSlash(/^[a-z]+:\/\//i.test(url) ? url : `http://${url}`).replace(/\/api$/, '')
  return base.endsWith('/v1') ? base : `${base}/v1`
}

function valueOf(value: string | undefined): string | undefined {
  const trimmed = value?.trim()
  return trimmed === '' ? undefined : trimmed
}

function sourceOf(values: Record<string, string | undefined>): string {
  const names = Object.keys(values).filter((name) => values[name] !== undefined)
  return `environment: ${names.join(', ')}`
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
