import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Measure, UsageRange } from '../features/usage/usage.logic.ts'
import { frameRoute } from './frame.ts'
import { text } from './search-text.ts'

const ranges: readonly UsageRange[] = ['7d', '30d', '90d', '365d']
const measures: readonly Measure[] = ['cost', 'tokens']

/** What is shown; absent means the last 30 days of everything, by cost. */
export interface UsageSearch {
  range?: UsageRange
  measure?: Measure
  repository?: string
  person?: string
  model?: string
}

export const usageRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/usage',
  validateSearch: (search): UsageSearch => ({
    range: ranges.find((range) => range === search.range),
    measure: measures.find((measure) => measure === search.measure),
    repository: text(search.repository),
    person: text(search.person),
    model: text(search.model),
  }),
  component: lazyRouteComponent(() => import('../features/usage/usage-page.tsx'), 'UsagePage'),
})
