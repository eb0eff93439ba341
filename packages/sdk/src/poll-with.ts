import type { StreamEvent } from '@sluice/contract/events'
import type { Client } from './client.ts'
import type { Poll } from './live.ts'

const LIMIT = 500
const MARGIN_MS = 15_000

/** The polling fallback of a `LiveClient` over the typed client's `events.list`. */
export function pollWith(client: Client): Poll {
  return async ({ stream, after, waitSeconds }, signal) => {
    const answer = await client.events.list(
      { stream, after, waitSeconds, limit: LIMIT },
      { signal, context: { timeoutMs: waitSeconds * 1000 + MARGIN_MS } },
    )
    return { items: answer.items as StreamEvent[], cursor: answer.cursor }
  }
}
