import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { FolderGit2 } from 'lucide-react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { NewSessionForm } from './new-session-form.tsx'

const route = getRouteApi('/frame/sessions/new')

export function NewSessionPage() {
  const { repository } = route.useSearch()
  const { can } = useMe()
  const repositories = useQuery(api.repositories.list.queryOptions({ input: { limit: 200 } }))
  const providers = useQuery(api.providers.list.queryOptions())
  const settings = useQuery(api.settings.get.queryOptions())
  const failed = [repositories, providers, settings].find((query) => query.isError)
  const ready = repositories.data?.items.filter((one) => one.state === 'ready') ?? []

  return (
    <Page
      title="New session"
      width="narrow"
      crumbs={[{ label: 'Sessions', to: '/sessions' }, { label: 'New session' }]}
    >
      {!can.createTasks ? (
        <Callout tone="warning" title="You may read this workspace, not give tasks in it">
          An editor, an admin or an owner can start a session, or give you that role.
        </Callout>
      ) : failed !== undefined ? (
        <ErrorState
          title="The form could not be prepared"
          error={failed.error}
          onRetry={() => void failed.refetch()}
        />
      ) : repositories.data === undefined ||
        providers.data === undefined ||
        settings.data === undefined ? (
        <div role="status" aria-label="Loading" className="grid gap-4">
          <Skeleton className="h-40 w-full" />
          <Skeleton className="h-14 w-full" />
          <Skeleton className="h-14 w-full" />
        </div>
      ) : ready.length === 0 ? (
        <EmptyState
          icon={FolderGit2}
          title="There is no repository to work on yet"
          action={
            <>
              <ButtonLink to="/welcome" variant="primary">
                Try the sample
              </ButtonLink>
              <ButtonLink to="/repositories/add">Add a repository</ButtonLink>
            </>
          }
        >
          An agent works on a repository of this workspace: your own from this machine, one cloned
          by URL, or the sample.
        </EmptyState>
      ) : (
        <NewSessionForm
          repositories={ready}
          providers={providers.data.items}
          settings={settings.data}
          preferredRepository={repository}
        />
      )}
    </Page>
  )
}
