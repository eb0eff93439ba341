import type { StreamEvent } from '@sluice/contract/events'
import { LiveClient, liveUrl, type Connection } from '@sluice/sdk/live'
import { pollWith } from '@sluice/sdk/poll-with'
import { useSyncExternalStore } from 'react'
import { client } from './api.ts'
import { applyWorkspaceEvent, refreshAll } from './live-cache.ts'
import { meQuery } from './me.ts'
import { queryClient } from './query-client.ts'
import { currentWorkspace } from './workspace-address.ts'

/** The one connection of this page; a feature subscribes its own streams to it. */
export const live = new LiveClient({
  url: () => {
    const workspace = currentWorkspace()
    return liveUrl(window.location.origin, workspace === undefined ? {} : { workspace })
  },
  poll: pollWith(client),
})

window.addEventListener('online', live.wake)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.wake()
})

/** How current what is shown is; changes only when something changed. */
export function useConnection(): Connection {
  return useSyncExternalStore(live.onConnection, () => live.connection)
}

const listeners = new Set<(event: StreamEvent) => void>()

/** Hears the events of the workspace's stream besides the cache: for progress that is kept nowhere. */
export function onWorkspaceEvent(listener: (event: StreamEvent) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Follows the workspace's stream from where it ended when the page read who looks at it, which is before all
 * other snapshots, and keeps the query cache in step with it. After every loss of the connection whatever is
 * on the screen is read again: what failed to be read meanwhile has no event.
 * @returns takes it back
 */
export function followWorkspace(workspaceId: string): () => void {
  const cursor = queryClient.getQueryData(meQuery.queryKey)?.current?.cursor ?? 0
  let wasLive = live.connection.state === 'live'
  let wasLost = false
  const stopWatching = live.onConnection(() => {
    const { state } = live.connection
    wasLost ||= state === 'offline' || (wasLive && state === 'connecting')
    wasLive ||= state === 'live'
  })
  const subscription = live.subscribe(`workspace:${workspaceId}`, cursor, {
    onEvents: (events) => {
      for (const event of events) {
        applyWorkspaceEvent(event)
        for (const listener of listeners) listener(event)
      }
    },
    onCaughtUp: () => {
      if (!wasLost) return
      wasLost = false
      refreshAll()
    },
  })
  return () => {
    stopWatching()
    subscription.close()
  }
}
