import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { SessionGroup } from '@sluice/contract/session'
import { frameRoute } from './frame.ts'
import { text } from './search-text.ts'

// Spelled out: the schema itself would come into the first chunk of the page.
const sessionGroups: readonly SessionGroup[] = ['needs_decision', 'running', 'others']

/** Filters of the list; absent means all. `state` is one of the groups that a person thinks in. */
export interface SessionsSearch {
  state?: SessionGroup
  repository?: string
  person?: string
  search?: string
}

export const sessionsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/sessions',
  validateSearch: (search): SessionsSearch => ({
    state: sessionGroups.find((state) => state === search.state),
    repository: text(search.repository),
    person: text(search.person),
    search: text(search.search),
  }),
  component: lazyRouteComponent(
    () => import('../features/sessions/sessions-page.tsx'),
    'SessionsPage',
  ),
})

export const newSessionRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/sessions/new',
  validateSearch: (search): { repository?: string } => ({ repository: text(search.repository) }),
  component: lazyRouteComponent(
    () => import('../features/sessions/new-session-page.tsx'),
    'NewSessionPage',
  ),
})

export const sessionTabs = ['changes', 'gates', 'log', 'details'] as const
export type SessionTab = (typeof sessionTabs)[number]

export interface SessionSearch {
  tab?: SessionTab
  task?: string
  file?: string
  line?: number
  find?: string
}

export const sessionRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/sessions/$sessionId',
  validateSearch: (search): SessionSearch => ({
    tab: sessionTabs.find((tab) => tab === search.tab),
    task: text(search.task),
    file: text(search.file),
    line:
      typeof search.line === 'number' && Number.isInteger(search.line) && search.line > 0
        ? search.line
        : undefined,
    find: text(search.find),
  }),
  component: lazyRouteComponent(
    () => import('../features/session/session-page.tsx'),
    'SessionPage',
  ),
})
