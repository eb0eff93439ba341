import type { StreamEvent } from '@sluice/contract/events'

export interface Advance {
  /** Events to hand on: exactly the ones that follow the cursor, in order. */
  fresh: StreamEvent[]
  cursor: number
  /** true where an event is missing after `cursor`: whatever came behind the hole was left out. */
  hasGap: boolean
}

/**
 * Takes a batch as it came from the wire against what was seen already. What was seen is
 * dropped, what follows without a hole is fresh, the rest is left for a new subscription.
 */
export function advance(cursor: number, events: readonly StreamEvent[]): Advance {
  const fresh: StreamEvent[] = []
  let at = cursor
  for (const event of events) {
    if (event.seq <= at) continue
    if (event.seq !== at + 1) return { fresh, cursor: at, hasGap: true }
    fresh.push(event)
    at = event.seq
  }
  return { fresh, cursor: at, hasGap: false }
}
