import type { Provider, ProviderKind } from '@sluice/contract/provider'

export const kindLabels: Record<ProviderKind, string> = {
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  openai_compatible: 'OpenAI-compatible',
  recording: 'Recording',
}

/** Where a provider comes from, in words: the settings page, the environment, the sample. */
export function sourceLabel(source: string): string {
  if (source === 'settings') return 'Added here'
  if (source === 'sample') return 'Comes with the sample'
  const variable = /^environment: (.+)$/.exec(source)?.[1]
  return variable === undefined ? source : `Found in ${variable}`
}

export function providerLabel(provider: Pick<Provider, 'kind' | 'source'>): string {
  return `${kindLabels[provider.kind]} · ${sourceLabel(provider.source)}`
}
