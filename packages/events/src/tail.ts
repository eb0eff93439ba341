import { setTimeout as delay } from 'node:timers/promises'
import type { StreamEvent } from '@sluice/contract/events'
import { SluiceError } from '@sluice/contract/errors'
import type { Database } from '@sluice/db/database'
import { isDatabaseUnavailable } from '@sluice/db/errors'
import { createFeed } from './feed.ts'
import type { Feed } from './feed.ts'
import { startListener } from './listener.ts'

export interface EventTailDeps {
  db: Database
  /** Told of a lost listener connection and of failed reads; the tail goes on by itself. */
  onError: (error: unknown) => void
  /** How often missed hints are looked for. */
  sweepMs?: number
}

export interface Subscription {
  workspaceId: string
  stream: string
  /** The last seq that the subscriber has; 0 for all. */
  after: number
  signal?: AbortSignal
  /** Told once, after the last event that was in the log was taken: from here on events are live. */
  onCaughtUp?: (seq: number) => void
}

/** The live end of the event log for one process. */
export interface EventTail {
  /**
   * Every event of a stream after a cursor, first from the log, then live, in batches, in order,
   * without gap or duplicate. Ends when the signal aborts, the loop is left or the tail closes.
   * A slow consumer holds no buffer: it reads on from the log when it comes back. An outage of the
   * database is waited out. Batches are shared between subscribers: read them, never change them.
   * Whether the caller may see the stream is for the caller to check; another workspace's is empty.
   * @throws SluiceError `invalid_input` from the iterator when the cursor is ahead of the log
   */
  subscribe(subscription: Subscription): AsyncIterable<readonly StreamEvent[]>
  /** Ends every subscription and the listener connection. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const defaultSweepMs = 5_000
/** Without a listener, looking is the only way to hear of anything. */
const deafSweepMs = 500
const retryMs = 250

/** Starts the tail: one LISTEN connection and, behind it, a sweep that finds what a lost hint hid. */
export function createEventTail({
  db,
  onError,
  sweepMs = defaultSweepMs,
}: EventTailDeps): EventTail {
  const feeds = new Map<string, Feed[]>()
  const closing = new AbortController()
  const open = new Set<() => void>()

  const feedOf = (workspaceId: string, stream: string): Feed => {
    const ofStream = feeds.get(stream) ?? []
    const found = ofStream.find((feed) => feed.workspaceId === workspaceId)
    if (found) return found
    const feed = createFeed(db, workspaceId, stream)
    feeds.set(stream, [...ofStream, feed])
    return feed
  }
  const hint = (stream: string, seq: number): void => {
    for (const feed of feeds.get(stream) ?? []) feed.hint(seq)
  }
  const listener = startListener({
    db,
    onHint: hint,
    onListening: () => {
      for (const feed of [...feeds.values()].flat()) feed.suspect()
    },
    onError,
  })

  const sweep = async (): Promise<void> => {
    for (const [stream, ofStream] of feeds) {
      const used = ofStream.filter((feed) => feed.subscribers > 0)
      if (used.length === 0) feeds.delete(stream)
      else feeds.set(stream, used)
    }
    if (feeds.size === 0) return
    const rows = await db.querySystem<{ stream: string; last_seq: string }>(
      'select stream, last_seq from event_streams where stream = any($1)',
      [[...feeds.keys()]],
    )
    for (const row of rows) hint(row.stream, Number(row.last_seq))
  }
  const sweeping = (async () => {
    while (!closing.signal.aborted) {
      const waitMs = listener.isListening ? sweepMs : Math.min(deafSweepMs, sweepMs)
      await delay(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return
      // The listener has reported an outage already.
      await sweep().catch((error: unknown) =>
        isDatabaseUnavailable(error) ? undefined : onError(error),
      )
    }
  })()

  const subscribe = (subscription: Subscription): AsyncIterable<readonly StreamEvent[]> => ({
    [Symbol.asyncIterator]: () =>
      follow(subscription, { db, feedOf, open, isClosed: () => closing.signal.aborted, onError }),
  })
  const close = async (): Promise<void> => {
    closing.abort()
    for (const end of open) end()
    await Promise.all([listener.close(), sweeping])
  }
  return { subscribe, close, [Symbol.asyncDispose]: close }
}

interface FollowDeps {
  db: Database
  feedOf: (workspaceId: string, stream: string) => Feed
  open: Set<() => void>
  isClosed: () => boolean
  onError: (error: unknown) => void
}

// Written out rather than as a generator: leaving a generator waits for the batch it is waiting for.
function follow(
  subscription: Subscription,
  deps: FollowDeps,
): AsyncIterator<readonly StreamEvent[]> {
  const { workspaceId, stream, after, signal } = subscription
  const feed = deps.feedOf(workspaceId, stream)
  let cursor = after
  let isCursorChecked = after === 0
  let hasCaughtUp = false
  let readUpTo = -1 // the feed's version at which there was nothing behind the cursor
  let hasEnded = deps.isClosed() || signal?.aborted === true
  const ending = new AbortController()

  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    feed.subscribers--
    deps.open.delete(end)
    signal?.removeEventListener('abort', end)
    ending.abort()
  }
  if (!hasEnded) {
    feed.subscribers++
    deps.open.add(end)
    signal?.addEventListener('abort', end, { once: true })
  }

  const sleepUntilChange = (): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        takeBack()
        ending.signal.removeEventListener('abort', wake)
        resolve()
      }
      const takeBack = feed.onChange(wake)
      ending.signal.addEventListener('abort', wake, { once: true })
    })

  const readNext = async (): Promise<readonly StreamEvent[]> => {
    const version = feed.version
    const { events, isLast } = await feed.read(cursor)
    if (events.length === 0 && !isCursorChecked) await requireCursorInLog(deps.db, subscription)
    isCursorChecked = true
    if (isLast) readUpTo = version
    return events
  }

  return {
    async next() {
      while (!hasEnded) {
        if (readUpTo === feed.version) {
          if (!hasCaughtUp) subscription.onCaughtUp?.(cursor)
          hasCaughtUp = true
          await sleepUntilChange()
          continue
        }
        try {
          const events = await readNext()
          if (events.length === 0 || hasEnded) continue
          cursor = events.at(-1)!.seq
          return { done: false, value: events }
        } catch (error) {
          if (!isDatabaseUnavailable(error)) {
            end()
            throw error
          }
          await delay(retryMs, undefined, { signal: ending.signal }).catch(() => undefined)
        }
      }
      return { done: true, value: undefined }
    },
    async return() {
      end()
      return { done: true, value: undefined }
    },
  }
}

// A cursor ahead of the log comes from another log (a restored backup): waiting for it to be reached
// would hide every event until then.
async function requireCursorInLog(
  db: Database,
  { workspaceId, stream, after }: Subscription,
): Promise<void> {
  const rows = await db.querySystem<{ last_seq: string }>(
    'select last_seq from event_streams where stream = $1 and workspace_id = $2',
    [stream, workspaceId],
  )
  const last = Number(rows[0]?.last_seq ?? 0)
  if (after <= last) return
  throw new SluiceError(
    'invalid_input',
    `The cursor ${after} is ahead of the stream ${stream}, which ends at ${last}. Read the snapshot again.`,
    {
      details: { stream, last },
    },
  )
}
