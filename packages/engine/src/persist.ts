import { SluiceError } from '@sluice/contract/errors'
import { isTransientConflict } from '@sluice/db/errors'
import { pause } from './wakeups.ts'

const firstDelayMs = 50
const longestDelayMs = 1_000

/**
 * Runs a transaction again while Postgres is away or a deadlock chose it, until the signal is aborted.
 * The work must be safe to run twice: a connection may break after its commit.
 * @throws the signal's reason; whatever else the work throws
 */
export async function persist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      return await work()
    } catch (error) {
      const isAway = error instanceof SluiceError && error.code === 'database_unavailable'
      if (!isAway && !isTransientConflict(error)) throw error
      await pause(delayMs, signal)
    }
  }
}
