import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { frameRoute } from './frame.ts'

export const repositoriesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/repositories',
  validateSearch: (search): { search?: string } =>
    typeof search.search === 'string' && search.search !== '' ? { search: search.search } : {},
  component: lazyRouteComponent(
    () => import('../features/repositories/repositories-page.tsx'),
    'RepositoriesPage',
  ),
})

export const addRepositoryRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/repositories/add',
  validateSearch: (search): { by?: 'url' } => (search.by === 'url' ? { by: 'url' } : {}),
  component: lazyRouteComponent(
    () => import('../features/repositories/add-repository-page.tsx'),
    'AddRepositoryPage',
  ),
})

export const repositoryTabs = ['sessions', 'gates', 'sandbox', 'instructions', 'danger'] as const
export type RepositoryTab = (typeof repositoryTabs)[number]

export const repositoryRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/repositories/$repositoryId',
  validateSearch: (search): { tab?: RepositoryTab } => {
    const tab = repositoryTabs.find((one) => one === search.tab)
    return tab === undefined || tab === 'sessions' ? {} : { tab }
  },
  component: lazyRouteComponent(
    () => import('../features/repositories/repository-page.tsx'),
    'RepositoryPage',
  ),
})
