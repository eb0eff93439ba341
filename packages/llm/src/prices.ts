/**
 * What well-known models cost. Integer micro-dollars per million tokens, list prices of
 * https://platform.claude.com/docs/en/about-claude/pricing and
 * https://developers.openai.com/api/docs/pricing. A model that is not here has an
 * unknown price, never a guessed one.
 */
import type { Usage } from './model.ts'

export interface ModelPrice {
  inputMicrosPerMTok: number
  outputMicrosPerMTok: number
  cacheReadMicrosPerMTok: number
  cacheWriteMicrosPerMTok: number
}

/** From dollars per million tokens; cache writes cost the same as input where a provider names no price. */
function dollars(input: number, output: number, cacheRead: number, cacheWrite = input): ModelPrice {
  const micros = (usd: number) => Math.round(usd * 1_000_000)
  return {
    inputMicrosPerMTok: micros(input),
    outputMicrosPerMTok: micros(output),
    cacheReadMicrosPerMTok: micros(cacheRead),
    cacheWriteMicrosPerMTok: micros(cacheWrite),
  }
}

const free: ModelPrice = dollars(0, 0, 0)

const prices: Readonly<Record<string, ModelPrice>> = {
  'claude-fable-5-1': dollars(10, 50, 0.25, 12.5),
  'claude-fable-5': dollars(10, 50, 1, 12.5),
  'claude-opus-5-5': dollars(4, 20, 0.2, 5),
  'claude-opus-5': dollars(5, 25, 0.5, 6.25),
  'claude-opus-4-8': dollars(5, 25, 0.5, 6.25),
  'claude-opus-4-7': dollars(5, 25, 0.5, 6.25),
  'claude-opus-4-6': dollars(5, 25, 0.5, 6.25),
  'claude-opus-4-5': dollars(5, 25, 0.5, 6.25),
  'claude-opus-4-1': dollars(15, 75, 1.5, 18.75),
  'claude-opus-4-0': dollars(15, 75, 1.5, 18.75),
  'claude-sonnet-5-5': dollars(2, 10, 0.1, 2.5),
  'claude-sonnet-5': dollars(2, 10, 0.2, 2.5),
  'claude-sonnet-4-6': dollars(3, 15, 0.3, 3.75),
  'claude-sonnet-4-5': dollars(3, 15, 0.3, 3.75),
  'claude-sonnet-4-0': dollars(3, 15, 0.3, 3.75),
  'claude-haiku-4-5': dollars(1, 5, 0.1, 1.25),
  'gpt-5.6-sol': dollars(5, 30, 0.5, 6.25),
  'gpt-5.6-terra': dollars(2.5, 15, 0.25, 3.125),
  'gpt-5.6-luna': dollars(1, 6, 0.1, 1.25),
  'gpt-5.5': dollars(5, 30, 0.5),
  'gpt-5.4': dollars(2.5, 15, 0.25),
  'gpt-5.4-mini': dollars(0.75, 4.5, 0.075),
  'gpt-5.2': dollars(1.75, 14, 0.175),
  'gpt-5.2-codex': dollars(1.75, 14, 0.175),
  'gpt-5.3-codex': dollars(1.75, 14, 0.175),
  'gpt-5.1': dollars(1.25, 10, 0.125),
  'gpt-5.1-codex': dollars(1.25, 10, 0.125),
  'gpt-5': dollars(1.25, 10, 0.125),
  'gpt-5-codex': dollars(1.25, 10, 0.125),
  'gpt-5-mini': dollars(0.25, 2, 0.025),
  'gpt-5-nano': dollars(0.05, 0.4, 0.005),
  'gpt-4.1': dollars(2, 8, 0.5),
  'gpt-4.1-mini': dollars(0.4, 1.6, 0.1),
  'gpt-4.1-nano': dollars(0.1, 0.4, 0.025),
  'gpt-4o': dollars(2.5, 10, 1.25),
  'gpt-4o-mini': dollars(0.15, 0.6, 0.075),
}

/**
 * The price of a model by its id. A dated id (`claude-haiku-4-5-20251001`,
 * `gpt-5-2025-08-07`) has its undated name's price; an id of a recording is free.
 * @param isLocal a server of one's own: a model that no vendor sells is free there (one
 *   that a vendor sells may be passed on by a local gateway, and costs what it costs)
 * @returns undefined where the price is not known
 */
export function findPrice(modelId: string, isLocal = false): ModelPrice | undefined {
  if (modelId.startsWith('recorded/')) return free
  const undated = modelId.replace(/-(20\d{6}|20\d\d-\d\d-\d\d|latest)$/, '')
  if (Object.hasOwn(prices, undated)) return prices[undated]
  return isLocal ? free : undefined
}

/**
 * The cost of a call in integer micro-dollars, rounded up.
 * @returns undefined where the model's price is not known: to be shown as unknown, never as 0
 */
export function costMicros(modelId: string, usage: Usage, isLocal = false): number | undefined {
  const price = findPrice(modelId, isLocal)
  if (price === undefined) return undefined
  const fresh = Math.max(0, usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens)
  const perMillion =
    fresh * price.inputMicrosPerMTok +
    usage.cacheReadTokens * price.cacheReadMicrosPerMTok +
    usage.cacheWriteTokens * price.cacheWriteMicrosPerMTok +
    usage.outputTokens * price.outputMicrosPerMTok
  return Math.ceil(perMillion / 1_000_000)
}
