const FIRST_MS = 250
const LONGEST_MS = 15_000

/**
 * How long to wait before try number `attempt` (0 is the first after a loss), in milliseconds:
 * doubling up to 15 s, of which a random half is taken off, so that a thousand clients of a
 * restarted server do not come back in step.
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10))
  return Math.round(whole * (0.5 + random / 2))
}
