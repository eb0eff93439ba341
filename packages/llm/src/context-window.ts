/** How much a model can read. */

/**
 * Tokens of a model's context window by its name: of families where a vendor documents one,
 * and a careful figure for others, since a local server commonly runs with less than the
 * model could. Too low only compacts earlier; too high is noticed by the provider's own error.
 */
export function contextTokensOf(modelId: string): number {
  const name = modelId.split('/').at(-1) ?? modelId
  if (name.startsWith('claude-')) return 200_000
  if (name.startsWith('gpt-4.1')) return 1_000_000
  if (/^gpt-[56]/.test(name)) return 272_000
  if (/^o[134](-|$)/.test(name)) return 200_000
  if (name.startsWith('gpt-4o')) return 128_000
  if (modelId.startsWith('recorded/')) return 200_000
  return 32_000
}
