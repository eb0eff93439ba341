import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from './root.ts'

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { next?: string } =>
    typeof search.next === 'string' && /^\/(?!\/|\\)/.test(search.next)
      ? { next: search.next }
      : {},
  component: lazyRouteComponent(() => import('../features/people/sign-in-page.tsx'), 'SignInPage'),
})

export const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('../features/people/setup-page.tsx'), 'SetupPage'),
})

export const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('../features/people/invite-page.tsx'), 'InvitePage'),
})
