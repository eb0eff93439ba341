import { createRoute, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router'
import { frameRoute } from './frame.ts'

export const settingsSections = [
  'profile',
  'workspace',
  'members',
  'providers',
  'sandbox',
  'limits',
  'api-keys',
  'audit',
  'about',
] as const
export type SettingsSection = (typeof settingsSections)[number]

export const settingsIndexRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'profile' }, replace: true })
  },
})

export const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/$section',
  beforeLoad: ({ params }) => {
    if (!settingsSections.some((one) => one === params.section)) throw notFound()
  },
  component: lazyRouteComponent(
    () => import('../features/settings/settings-page.tsx'),
    'SettingsPage',
  ),
})
