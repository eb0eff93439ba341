import type { StepFailure } from './errors.ts'
import type { RetryPolicy } from './types.ts'

const defaults = { initialDelayMs: 500, maxDelayMs: 30_000, factor: 2 }

/**
 * How long to wait before the next attempt, or undefined to give up.
 * @param failures attempts that failed so far, this one included; crashes are not counted
 * @param random 0 to 1; spreads the wait over its upper half, so that runs which failed together do not return together
 */
export function nextDelayMs(
  policy: RetryPolicy | undefined,
  failure: StepFailure,
  failures: number,
  random: number,
): number | undefined {
  if (!policy || failure.permanent) return undefined
  const chosen =
    policy.byReason && Object.hasOwn(policy.byReason, failure.code)
      ? policy.byReason[failure.code]
      : policy
  if (!chosen || failures >= chosen.maxAttempts) return undefined
  const { initialDelayMs, maxDelayMs, factor } = { ...defaults, ...withoutUndefined(chosen) }
  const wholeMs = Math.min(maxDelayMs, initialDelayMs * factor ** (failures - 1))
  return Math.round(wholeMs * (0.5 + random / 2))
}

const withoutUndefined = (policy: Partial<RetryPolicy>): Partial<RetryPolicy> =>
  Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined))
