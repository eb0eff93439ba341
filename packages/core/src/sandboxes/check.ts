import type { SandboxCheck, SandboxProvider } from '@sluice/sandbox/sandbox'

/** A check starts a sandbox and runs a command in it, which is felt before every prompt. */
const trustedMs = 60_000
const known = new WeakMap<SandboxProvider, { check: SandboxCheck; at: number }>()

/**
 * Whether a sandbox works here. That it does is believed for a minute, since opening one says
 * so too where that has changed; that it does not is looked at anew each time.
 */
export async function checkSandbox(
  provider: SandboxProvider,
  signal?: AbortSignal,
): Promise<SandboxCheck> {
  const earlier = known.get(provider)
  if (earlier !== undefined && performance.now() - earlier.at < trustedMs) return earlier.check
  const check = await provider.check(signal)
  if (check.available) known.set(provider, { check, at: performance.now() })
  return check
}
