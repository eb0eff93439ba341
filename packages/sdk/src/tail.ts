import type { StreamEvent } from '@sluice/contract/events'
import { ApiError } from './api-error.ts'
import type { LiveClient } from './live.ts'
import type { Subscription } from './live-types.ts'

/**
 * The events of one stream after a cursor, in order and without end; leave the loop or abort
 * the signal to stop.
 * @throws ApiError where the server does not give this stream to this caller
 */
export async function* tail(
  live: LiveClient,
  stream: string,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  const waiting: StreamEvent[] = []
  let refusal: ApiError | undefined
  let wake: (() => void) | undefined
  const notify = () => wake?.()
  let subscription: Subscription | undefined
  signal?.addEventListener('abort', notify)
  try {
    subscription = live.subscribe(stream, after, {
      onEvents: (events) => {
        waiting.push(...events)
        notify()
      },
      onRefused: ({ code, message, details }) => {
        refusal = new ApiError(code, { message, data: details })
        notify()
      },
    })
    while (true) {
      while (waiting.length > 0) {
        if (signal?.aborted === true) return
        yield waiting.shift()!
      }
      if (signal?.aborted === true) return
      if (refusal !== undefined) throw refusal
      await new Promise<void>((resolve) => {
        wake = resolve
        // What came between the last look and here has notified nobody.
        if (waiting.length > 0 || refusal !== undefined || signal?.aborted === true) resolve()
      })
    }
  } finally {
    signal?.removeEventListener('abort', notify)
    subscription?.close()
  }
}
