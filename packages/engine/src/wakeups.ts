/** Wakes what waits inside this process, by key. A wake-up is a hint: the waiter looks at the database again. */
export interface Wakeups {
  wake(key: string): void
  /** Resolves at the next wake of the key or after `timeoutMs`, whichever is first; rejects with the signal's reason. */
  next(key: string, timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** Registers a waiter at once, for a caller that must look after it and before it sleeps. */
  arm(key: string): { fired: Promise<void>; disarm: () => void }
}

/** The longest delay that a Node timer keeps. */
const maxTimerMs = 2_147_483_647

export function createWakeups(): Wakeups {
  const waiters = new Map<string, Set<() => void>>()

  const arm = (key: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const set = waiters.get(key) ?? new Set()
    waiters.set(key, set.add(resolve))
    const disarm = () => {
      set.delete(resolve)
      if (set.size === 0 && waiters.get(key) === set) waiters.delete(key)
    }
    return { fired: promise, disarm }
  }

  return {
    arm,
    wake(key) {
      const set = waiters.get(key)
      if (!set) return
      waiters.delete(key)
      for (const resolve of set) resolve()
    },
    async next(key, timeoutMs, signal) {
      const armed = arm(key)
      try {
        await settleWithin(armed.fired, timeoutMs, signal)
      } finally {
        armed.disarm()
      }
    },
  }
}

/** Resolves when `promise` does or after `timeoutMs`; rejects with the signal's reason when that is aborted first. */
export async function settleWithin(
  promise: Promise<void>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(signal?.reason as Error)
  const timer = setTimeout(resolve, Math.min(Math.max(0, timeoutMs), maxTimerMs))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([promise, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Waits; rejects with the signal's reason when it is aborted first. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  settleWithin(new Promise(() => {}), ms, signal)
