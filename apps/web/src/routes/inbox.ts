import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { frameRoute } from './frame.ts'

export const indexRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox', replace: true })
  },
})

export const inboxRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/inbox',
  validateSearch: (search): { snoozed?: boolean } =>
    search.snoozed === true ? { snoozed: true } : {},
  component: lazyRouteComponent(() => import('../features/inbox/inbox-page.tsx'), 'InboxPage'),
})

/** The first steps: the sample, a repository, a model. */
export const welcomeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/welcome',
  component: lazyRouteComponent(
    () => import('../features/welcome/welcome-page.tsx'),
    'WelcomePage',
  ),
})
