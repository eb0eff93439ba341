import type { EngineTuning } from '../tuning.ts'
import type { InputSchema } from '../types.ts'

/** Takes every input as it is. */
export const anything = <I>(): InputSchema<I> => ({ parse: (value) => value as I })

/** Quick enough for tests that something is taken over or noticed without a hint. */
export const quickTuning: Partial<EngineTuning> = {
  rescueMs: 100,
  resumePollMs: 50,
  sweepMs: 200,
  graceMs: 300,
  heartbeatMs: 200,
  staleMs: 60_000,
  lostMs: 2_000,
}
