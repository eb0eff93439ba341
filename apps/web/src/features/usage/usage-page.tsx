import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ChartColumn, Download } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import type { UsageSearch } from '../../routes/usage.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useNow } from '../../ui/clock.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { plural } from '../../ui/format.ts'
import { Page } from '../../ui/page.tsx'
import { saveFile } from '../../ui/save-file.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { BudgetLine } from './budget-line.tsx'
import { UsageFilters } from './usage-filters.tsx'
import { UsageTables } from './usage-tables.tsx'
import { costOf, daysOf, formatTokens, toCsv } from './usage.logic.ts'

// Charts are a library of their own, and no part of any other page.
const UsageChart = lazy(() => import('./usage-chart.tsx'))

const chartToCome = (
  <div role="status" aria-label="Loading" className="h-full">
    <Skeleton className="h-full w-full" />
  </div>
)

const route = getRouteApi('/frame/usage')
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone

export function UsagePage() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const { can } = useMe()
  const { range = '30d', repository, person, model } = search
  const days = daysOf(range, useNow(), timeZone)
  const usage = useQuery(
    api.usage.summary.queryOptions({
      input: {
        ...days,
        timeZone,
        repositoryId: repository as never,
        personId: person,
        modelId: model,
      },
      placeholderData: keepPreviousData,
    }),
  )
  const summary = usage.data
  // Where nothing was paid for there are still tokens to look at.
  const measure = search.measure ?? (summary?.totals.costMicros === 0 ? 'tokens' : 'cost')
  const change = (next: UsageSearch) => void navigate({ to: '/usage', search: next, replace: true })
  const isFiltered = repository !== undefined || person !== undefined || model !== undefined

  return (
    <Page
      title="Usage"
      crumbs={[{ label: 'Usage' }]}
      action={
        summary !== undefined && summary.totals.calls > 0 ? (
          <Button
            icon={<Download aria-hidden />}
            onPress={() =>
              saveFile(
                `usage-${days.from}-${days.to}.csv`,
                new Blob([toCsv(summary.days)], { type: 'text/csv' }),
              )
            }
          >
            Download CSV
          </Button>
        ) : undefined
      }
    >
      <UsageFilters search={search} measure={measure} summary={summary} onChange={change} />
      {usage.isError && (
        <ErrorState
          title="The usage could not be read"
          error={usage.error}
          onRetry={() => void usage.refetch()}
        />
      )}
      {usage.isPending && (
        <div role="status" aria-label="Loading" className="grid gap-4">
          <Skeleton className="h-12 w-full" />
          <Skeleton className="h-72 w-full" />
          <Skeleton className="h-48 w-full" />
        </div>
      )}
      {summary !== undefined && !usage.isError && (
        <div className="grid grid-cols-1 gap-4">
          <BudgetLine budget={summary.budget} canEdit={can.manageSettings} />
          {summary.totals.calls === 0 ? (
            <EmptyState
              icon={ChartColumn}
              title="No model was called in this time"
              action={
                isFiltered ? (
                  <Button onPress={() => change({ range: search.range, measure: search.measure })}>
                    Clear the filters
                  </Button>
                ) : can.createTasks ? (
                  <ButtonLink to="/sessions/new" variant="primary">
                    New session
                  </ButtonLink>
                ) : undefined
              }
            >
              Each answer of a model is counted here, with its tokens and what it cost.
            </EmptyState>
          ) : (
            <>
              <Card
                title={measure === 'cost' ? 'Cost by day' : 'Tokens by day'}
                hint={`${costOf(summary.totals)} · ${formatTokens(summary.totals.inputTokens)} tokens read, ${formatTokens(summary.totals.outputTokens)} written · ${plural(summary.totals.calls, 'call')}${summary.totals.callsWithoutPrice > 0 ? ` · ${plural(summary.totals.callsWithoutPrice, 'call')} without a known price` : ''}`}
              >
                <div className="h-60">
                  <Suspense fallback={chartToCome}>
                    <UsageChart days={summary.days} measure={measure} />
                  </Suspense>
                </div>
              </Card>
              <UsageTables
                summary={summary}
                onFilter={(filter) => change({ ...search, ...filter })}
              />
            </>
          )}
        </div>
      )}
    </Page>
  )
}
