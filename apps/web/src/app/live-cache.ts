import type { StreamEvent } from '@sluice/contract/events'
import { api } from './api.ts'
import { queryClient } from './query-client.ts'

const GATHER_MS = 120

const due = new Map<string, readonly unknown[]>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Reads again what is on the screen and marks the rest old; a burst of events becomes one reading. */
function refresh(...keys: (readonly unknown[])[]): void {
  for (const key of keys) due.set(JSON.stringify(key), key)
  timer ??= setTimeout(() => {
    timer = undefined
    const taken = [...due.values()]
    due.clear()
    for (const queryKey of taken) void queryClient.invalidateQueries({ queryKey })
  }, GATHER_MS)
}

/** Everything on the screen, after the connection was lost. */
export function refreshAll(): void {
  void queryClient.invalidateQueries()
}

const sessions = api.sessions.key()
const inbox = api.inbox.key()
const repositories = api.repositories.key()

/** Turns an event of the workspace's stream into what must be read again. */
export function applyWorkspaceEvent(event: StreamEvent): void {
  switch (event.type) {
    case 'session.created':
    case 'session.changed':
    case 'task.created':
    case 'task.changed':
    case 'decision.made':
    case 'commit.made':
    case 'landing.changed':
      refresh(sessions, inbox, api.tasks.key(), repositories, api.usage.key())
      return
    case 'repository.changed':
      refresh(repositories)
      return
    case 'scan.changed':
      refresh(api.repositories.scanState.key())
      return
    case 'gates.changed':
      refresh(api.gates.key())
      return
    case 'settings.changed':
      refresh(api.settings.key())
      return
    case 'providers.changed':
      refresh(api.providers.key())
      return
    case 'people.changed':
      refresh(
        api.me.key(),
        api.workspaces.key(),
        api.members.key(),
        api.invitations.key(),
        api.apiKeys.key(),
      )
      return
    case 'gate.ended':
      refresh(api.gates.key())
      return
    default:
      // The rest is told to those who show it: streamed text, tool output, run logs, progress.
      return
  }
}
