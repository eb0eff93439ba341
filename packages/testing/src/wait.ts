export interface Gate {
  /** Resolves once `open` was called. */
  opened: Promise<void>
  open: (this: void) => void
}

/** A door between two parts of a test: one waits for it, the other opens it. Instead of a sleep. */
export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Reads an async iterable until `isEnough` says so, then leaves it. */
export async function collectUntil<T>(
  source: AsyncIterable<readonly T[]>,
  isEnough: (all: T[]) => boolean,
): Promise<T[]> {
  const all: T[] = []
  for await (const batch of source) {
    all.push(...batch)
    if (isEnough(all)) break
  }
  return all
}
