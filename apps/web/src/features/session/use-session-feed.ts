import type { StreamEvent } from '@sluice/contract/events'
import type { LiveError } from '@sluice/sdk/live'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { live } from '../../app/live.ts'
import { queriesTouchedBy } from './touched-queries.ts'
import { emptyTimeline, foldTimeline } from './timeline.logic.ts'
import type { Timeline } from './timeline-types.ts'

/** Events come in bursts; the queries that they touch are read once a burst. */
const GATHER_MS = 150

export interface SessionFeed {
  timeline: Timeline
  /** Every event of the session's stream, as the log has it. */
  events: readonly StreamEvent[]
  /** false until the whole log up to now was read. */
  isCaughtUp: boolean
  refusal: LiveError | null
}

const empty: SessionFeed = { timeline: emptyTimeline, events: [], isCaughtUp: false, refusal: null }

/**
 * Follows a session's stream from its first event on, as long as the page is open, and reads again what the
 * events say has changed. Mount it under a key of the session: another session is another feed.
 */
export function useSessionFeed(sessionId: string): SessionFeed {
  const queryClient = useQueryClient()
  const [feed, setFeed] = useState(empty)

  useEffect(() => {
    let current = empty
    let frame = 0
    const show = (next: SessionFeed) => {
      current = next
      // One rendering a frame, however many batches arrive in it.
      if (frame !== 0) return
      frame = requestAnimationFrame(() => {
        frame = 0
        setFeed(current)
      })
    }
    const due = new Map<string, readonly unknown[]>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = (keys: readonly (readonly unknown[])[]) => {
      for (const key of keys) due.set(JSON.stringify(key), key)
      if (due.size === 0) return
      timer ??= setTimeout(() => {
        timer = undefined
        const taken = [...due.values()]
        due.clear()
        for (const queryKey of taken) void queryClient.invalidateQueries({ queryKey })
      }, GATHER_MS)
    }
    const subscription = live.subscribe(`session:${sessionId}`, 0, {
      onEvents: (events) => {
        show({
          ...current,
          timeline: foldTimeline(current.timeline, events),
          events: [...current.events, ...events],
        })
        if (current.isCaughtUp)
          refresh(events.flatMap((event) => queriesTouchedBy(event.type, sessionId)))
      },
      onCaughtUp: () => {
        // What happened between the snapshots and here is in neither: read them once more.
        refresh(queriesTouchedBy('task.changed', sessionId))
        show({ ...current, isCaughtUp: true })
      },
      onRefused: (refusal) => show({ ...current, refusal }),
    })
    return () => {
      subscription.close()
      clearTimeout(timer)
      cancelAnimationFrame(frame)
    }
  }, [sessionId, queryClient])

  return feed
}
