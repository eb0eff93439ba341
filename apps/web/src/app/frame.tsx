import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { useShortcuts } from '../ui/shortcuts.ts'
import { useUiStore } from '../ui/ui-store.ts'
import { api } from './api.ts'
import { BottomBar } from './bottom-bar.tsx'
import { LiveStatus } from './live-status.tsx'
import { followWorkspace } from './live.ts'
import { useMe } from './me.ts'
import { navEntries } from './nav.ts'
import { Rail } from './rail.tsx'

const NoWorkspacePage = lazy(() => import('../features/people/no-workspace-page.tsx'))

/** All that a person sees who is signed in; without a workspace that is the offer to make one. */
export function Frame() {
  const { workspace } = useMe()
  if (workspace !== undefined) return <WorkspaceFrame />
  return (
    <Suspense fallback={null}>
      <NoWorkspacePage />
    </Suspense>
  )
}

/** The frame around every page: rail or bottom bar, the line about the connection, the page itself. */
function WorkspaceFrame() {
  const navigate = useNavigate()
  const { can, workspace } = useMe()
  const toggleRail = useUiStore((state) => state.toggleRail)
  const setPaletteOpen = useUiStore((state) => state.setPaletteOpen)
  const inbox = useQuery(api.inbox.list.queryOptions({ input: { limit: 50 } }))
  const workspaceId = workspace?.id
  useEffect(
    () => (workspaceId === undefined ? undefined : followWorkspace(workspaceId)),
    [workspaceId],
  )
  const invitations = useQuery(api.me.invitations.queryOptions())
  const waiting = (inbox.data?.count ?? 0) + (invitations.data?.items.length ?? 0)

  useShortcuts('Everywhere', [
    { keys: 'mod+k', label: 'Search and do', run: () => setPaletteOpen(true) },
    ...navEntries.map((entry) => ({
      keys: entry.keys,
      label: `Go to ${entry.label}`,
      run: () => void navigate({ to: entry.to }),
    })),
    ...(can.createTasks
      ? [{ keys: 'c', label: 'New session', run: () => void navigate({ to: '/sessions/new' }) }]
      : []),
    { keys: '[', label: 'Fold or unfold the rail', run: toggleRail },
  ])

  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-foreground"
      >
        Skip to the page
      </a>
      <LiveStatus />
      <div className="flex min-h-0 flex-1">
        <Rail waiting={waiting} />
        <main id="page" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      <BottomBar waiting={waiting} />
    </div>
  )
}
