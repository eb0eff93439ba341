import { createRouter } from '@tanstack/react-router'
import { frameRoute, unknownRoute } from '../routes/frame.ts'
import { inboxRoute, indexRoute, welcomeRoute } from '../routes/inbox.ts'
import { inviteRoute, setupRoute, signInRoute } from '../routes/people.ts'
import { addRepositoryRoute, repositoriesRoute, repositoryRoute } from '../routes/repositories.ts'
import { rootRoute } from '../routes/root.ts'
import { newSessionRoute, sessionRoute, sessionsRoute } from '../routes/sessions.ts'
import { settingsIndexRoute, settingsRoute } from '../routes/settings.ts'
import { usageRoute } from '../routes/usage.ts'
import { NotFound } from './not-found.tsx'
import { PageFailure } from './page-failure.tsx'

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  inviteRoute,
  frameRoute.addChildren([
    indexRoute,
    inboxRoute,
    welcomeRoute,
    sessionsRoute,
    newSessionRoute,
    sessionRoute,
    repositoriesRoute,
    addRepositoryRoute,
    repositoryRoute,
    usageRoute,
    settingsIndexRoute,
    settingsRoute,
    unknownRoute,
  ]),
])

/** @param basepath `/w/<slug>` inside a workspace, `/` before one is known */
export function createAppRouter(basepath: string) {
  return createRouter({
    routeTree,
    basepath,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: PageFailure,
    defaultNotFoundComponent: NotFound,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
