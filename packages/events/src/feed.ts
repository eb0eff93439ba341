import type { StreamEvent } from '@sluice/contract/events'
import { maxBatch, readEventsAsSystem } from './log.ts'
import type { SizedEvent } from './log.ts'
import type { Database } from '@sluice/db/database'

const recentEvents = 512
const recentBytes = 1024 * 1024

/** A batch for one cursor. `isLast`: nothing more was committed when the feed was at `version`. */
export interface Batch {
  events: readonly StreamEvent[]
  isLast: boolean
}

/**
 * One stream as one process follows it: what its subscribers share. It holds the newest events for
 * those who are nearly up to date and makes one read of the log serve all who ask for the same.
 *
 * `version` counts the moments at which there may be something new. Whoever has read all there was at
 * a version can sleep until it changes; a read that began before a hint never counts for after it.
 */
export interface Feed {
  readonly workspaceId: string
  readonly stream: string
  readonly version: number
  subscribers: number
  /** A hint that the stream has reached `seq`; ignored when that is known already. */
  hint(seq: number): void
  /** Something may have been missed: everyone looks again. */
  suspect(): void
  /** The events after a cursor, from memory or from the log. */
  read(after: number): Promise<Batch>
  /** Calls back once at the next change of `version`. @returns takes the call back */
  onChange(wake: () => void): () => void
}

export function createFeed(db: Database, workspaceId: string, stream: string): Feed {
  // Contiguous by seq, ends at the newest event that was read.
  let recent: SizedEvent[] = []
  let recentSize = 0
  let version = 0
  // The version at which the log held nothing behind `recent`.
  let completeAt = -1
  // What those at one cursor are given from memory: the same batch to all, so that its form is made once.
  let shared: { after: number; events: readonly StreamEvent[] } | undefined
  const waiting = new Set<() => void>()
  const reads = new Map<string, Promise<Batch>>()

  const tip = (): number => recent.at(-1)?.event.seq ?? 0

  const change = (): void => {
    version++
    const wakes = [...waiting]
    waiting.clear()
    for (const wake of wakes) wake()
  }

  const remember = (events: SizedEvent[], isLast: boolean, at: number): void => {
    const first = events[0]?.event.seq
    if (first !== undefined && recent.length > 0 && first > tip() + 1) {
      // Further on than what is held: start again from here.
      recent = []
      recentSize = 0
    }
    const known = tip()
    for (const item of events) {
      if (item.event.seq <= known) continue
      recent.push(item)
      recentSize += item.sizeBytes
      shared = undefined
    }
    let dropped = 0
    while (
      recent.length - dropped > 1 &&
      (recent.length - dropped > recentEvents || recentSize > recentBytes)
    ) {
      recentSize -= recent[dropped]!.sizeBytes
      dropped++
    }
    if (dropped > 0) recent = recent.slice(dropped)
    const isCurrent = at === version
    // Whoever read to the end before must hear of what this read found: its hint will be ignored.
    if (tip() > known) change()
    if (isLast && isCurrent && (events.at(-1)?.event.seq ?? 0) === tip()) completeAt = version
  }

  const readLog = async (after: number, at: number): Promise<Batch> => {
    const events = await readEventsAsSystem(db, { workspaceId, stream, after })
    const isLast = events.length < maxBatch
    remember(events, isLast, at)
    return { events: events.map(({ event }) => event), isLast }
  }

  return {
    workspaceId,
    stream,
    get version() {
      return version
    },
    subscribers: 0,
    hint(seq) {
      if (seq > tip()) change()
    },
    suspect: change,
    async read(after) {
      const start = recent[0]?.event.seq
      if (start !== undefined && after + 1 >= start && after < tip()) {
        if (shared?.after !== after)
          shared = { after, events: recent.slice(after + 1 - start).map(({ event }) => event) }
        return { events: shared.events, isLast: completeAt === version }
      }
      if (start !== undefined && after === tip() && completeAt === version)
        return { events: [], isLast: true }
      const key = `${after}@${version}`
      let reading = reads.get(key)
      if (!reading) {
        reading = readLog(after, version).finally(() => reads.delete(key))
        reads.set(key, reading)
      }
      return reading
    },
    onChange(wake) {
      waiting.add(wake)
      return () => waiting.delete(wake)
    },
  }
}
