import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Repository } from '@sluice/contract/repository'
import { GitBranch, Plus, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { repositoryTabs, type RepositoryTab } from '../../routes/repositories.ts'
import { ButtonLink, IconButton } from '../../ui/button.tsx'
import { Code } from '../../ui/copy-button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { notifyError } from '../../ui/notify.ts'
import { Page } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { CloneState } from './clone-state.tsx'
import { DangerTab } from './danger-tab.tsx'
import { GatesTab } from './gates-tab.tsx'
import { InstructionsTab } from './instructions-tab.tsx'
import { aheadBehind, statusOfRepository } from './repositories.logic.ts'
import { RepositorySessions } from './repository-sessions.tsx'
import { SandboxTab, UnsandboxedWarning } from './sandbox-tab.tsx'

const route = getRouteApi('/frame/repositories/$repositoryId')
const tabLabels: Record<RepositoryTab, string> = {
  sessions: 'Sessions',
  gates: 'Gates',
  sandbox: 'Sandbox',
  instructions: 'Instructions',
  danger: 'Danger zone',
}

export function RepositoryPage() {
  const { repositoryId } = route.useParams()
  const { tab = 'sessions' } = route.useSearch()
  const { can } = useMe()
  const repository = useQuery(api.repositories.get.queryOptions({ input: { repositoryId } }))
  const { data } = repository
  const name = data?.name ?? 'Repository'
  const isUsable = data !== undefined && data.state === 'ready'
  const tabs = repositoryTabs.filter((one) => one !== 'danger' || can.manageRepositories)

  return (
    <Page
      title={name}
      crumbs={[{ label: 'Repositories', to: '/repositories' }, { label: name }]}
      action={
        can.createTasks && isUsable ? (
          <ButtonLink
            to="/sessions/new"
            search={{ repository: repositoryId }}
            variant="primary"
            icon={<Plus aria-hidden />}
          >
            New session
          </ButtonLink>
        ) : undefined
      }
    >
      {repository.isError && (
        <ErrorState
          title="The repository could not be read"
          error={repository.error}
          onRetry={() => void repository.refetch()}
        />
      )}
      {repository.isPending && (
        <div role="status" aria-label="Loading" className="grid gap-3">
          <Skeleton className="h-5 w-72" />
          <Skeleton className="h-9 w-full" />
          <Skeleton className="h-48 w-full" />
        </div>
      )}
      {data !== undefined && (
        <>
          <RepositoryFacts repository={data} />
          <UnsandboxedWarning repository={data} />
          {data.state !== 'ready' ? (
            <CloneState repository={data} />
          ) : (
            <>
              <nav
                aria-label="Parts of the repository"
                className="mt-4 mb-4 flex gap-1 overflow-x-auto border-b border-separator"
              >
                {tabs.map((one) => (
                  <Link
                    key={one}
                    to="/repositories/$repositoryId"
                    params={{ repositoryId }}
                    search={one === 'sessions' ? {} : { tab: one }}
                    aria-current={one === tab ? 'page' : undefined}
                    className={`-mb-px border-b-2 px-3 py-2 whitespace-nowrap ${one === tab ? 'border-accent font-medium' : 'border-transparent text-muted hover:text-foreground'}`}
                  >
                    {tabLabels[one]}
                  </Link>
                ))}
              </nav>
              {tab === 'sessions' && <RepositorySessions repositoryId={data.id} />}
              {tab === 'gates' && <GatesTab repositoryId={data.id} />}
              {tab === 'sandbox' && <SandboxTab repository={data} />}
              {tab === 'instructions' && <InstructionsTab repositoryId={data.id} />}
              {tab === 'danger' && can.manageRepositories && <DangerTab repository={data} />}
            </>
          )}
        </>
      )}
    </Page>
  )
}

function RepositoryFacts({ repository }: { repository: Repository }) {
  const [isReading, setIsReading] = useState(false)
  const { can } = useMe()
  const { status } = repository

  async function refresh() {
    setIsReading(true)
    try {
      const fresh = await client.repositories.refresh({ repositoryId: repository.id })
      queryClient.setQueryData(
        api.repositories.get.queryKey({ input: { repositoryId: repository.id } }),
        fresh,
      )
    } catch (cause) {
      notifyError('The repository could not be read again.', cause)
    }
    setIsReading(false)
  }

  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-1.5 text-list">
      <StatusMark status={statusOfRepository(repository)} />
      {status?.branch != null && (
        <span className="flex items-center gap-1.5">
          <GitBranch size={13} aria-hidden className="text-muted" />
          <span className="font-mono text-xs">{status.branch}</span>
          <span className="text-muted">{aheadBehind(status)}</span>
        </span>
      )}
      {status?.head != null && (
        <span className="flex min-w-0 items-baseline gap-1.5">
          <span className="truncate">{status.head.subject}</span>
          <span className="shrink-0 text-muted">
            {status.head.author}, <RelativeTime at={status.head.at} />
          </span>
        </span>
      )}
      <span className="flex min-w-0 items-center text-muted">
        <Code copyLabel="Copy path">{repository.path}</Code>
        {can.createTasks && repository.state === 'ready' && (
          <IconButton
            label="Read branch and state again"
            icon={<RotateCw aria-hidden className={isReading ? 'motion-safe:animate-spin' : ''} />}
            isDisabled={isReading}
            onPress={() => void refresh()}
          />
        )}
      </span>
    </div>
  )
}
