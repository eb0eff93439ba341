import { RunTimedOut } from './errors.ts'
import { settleWithin } from './wakeups.ts'

export interface AttemptLimits {
  /** Aborts the attempt from outside. */
  signal: AbortSignal
  timeoutMs: number | undefined
  /** How long work may take to stop after its signal was aborted, before it is left behind. */
  graceMs: number
  onLeftBehind: (settled: Promise<unknown>) => void
}

/**
 * Runs one attempt of a step's work under its limits.
 * @returns what the work gave
 * @throws RunTimedOut after `timeoutMs`; the outer signal's reason; what the work threw
 */
export async function runAttempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  limits: AttemptLimits,
): Promise<T> {
  const own = new AbortController()
  const signal = AbortSignal.any([limits.signal, own.signal])
  limits.signal.throwIfAborted()
  const timer =
    limits.timeoutMs === undefined
      ? undefined
      : setTimeout(
          () =>
            own.abort(
              new RunTimedOut(`The step went over its time limit of ${limits.timeoutMs} ms.`),
            ),
          limits.timeoutMs,
        )
  const aborted = Promise.withResolvers<void>()
  const onAbort = () => aborted.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  // A function that throws before its first await must not escape the race.
  const running = (async () => await work(signal))()
  const settled = running.then(
    () => {},
    () => {},
  )
  try {
    await Promise.race([settled, aborted.promise])
    if (!signal.aborted) return await running
    // The work was told to stop: it may still end by itself, such as by killing its process group.
    let isSettled = false
    const marked = settled.then(() => {
      isSettled = true
    })
    await settleWithin(marked, limits.graceMs)
    if (!isSettled) limits.onLeftBehind(settled)
    throw signal.reason as Error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
