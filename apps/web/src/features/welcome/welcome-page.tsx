import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { FlaskConical, FolderGit2, KeyRound, type LucideIcon } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { InlineError } from '../../ui/error-state.tsx'
import { plural } from '../../ui/format.ts'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { providerLabel } from '../settings/providers.logic.ts'

/** The three first steps; each can be taken alone. */
export function WelcomePage() {
  const { user, can } = useMe()
  return (
    <Page title="Welcome" crumbs={[{ label: 'Welcome' }]}>
      <div className="mx-auto max-w-5xl py-6">
        <h2 className="text-xl font-semibold">Hello, {user.name}</h2>
        <p className="mt-1 mb-6 max-w-xl text-muted">
          Give a task on a repository; an agent does it in a sandbox; the gates run on exactly what
          would be committed; you read it and decide. Start with any of these.
        </p>
        <div className="grid gap-4 md:grid-cols-3">
          {can.createTasks && <SampleCard />}
          {can.manageRepositories && <RepositoryCard />}
          <ModelCard canManage={can.manageSettings} />
        </div>
        <p className="mt-6">
          <ButtonLink to="/inbox" variant="ghost">
            Go to the inbox
          </ButtonLink>
        </p>
      </div>
    </Page>
  )
}

function StepCard({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children: ReactNode
  action: ReactNode
}) {
  return (
    <section className="flex flex-col gap-3 rounded-lg border border-border bg-surface p-5">
      <Icon size={22} strokeWidth={1.5} className="text-accent" aria-hidden />
      <h3 className="text-base font-semibold">{title}</h3>
      <div className="grid flex-1 content-start gap-2 text-muted">{children}</div>
      <div className="flex flex-wrap gap-2">{action}</div>
    </section>
  )
}

function SampleCard() {
  const navigate = useNavigate()
  const [isPending, setIsPending] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)

  async function start() {
    setIsPending(true)
    setFailure(null)
    try {
      const repository = await client.repositories.addSample()
      await queryClient.invalidateQueries({ queryKey: api.repositories.key() })
      await queryClient.invalidateQueries({ queryKey: api.providers.key() })
      if (repository.samplePrompt === null) {
        await navigate({ to: '/sessions/new', search: { repository: repository.id } })
        return
      }
      const { session } = await client.sessions.create({
        repositoryId: repository.id,
        prompt: repository.samplePrompt,
      })
      await navigate({ to: '/sessions/$sessionId', params: { sessionId: session.id } })
    } catch (cause) {
      setFailure(cause)
    } finally {
      setIsPending(false)
    }
  }

  return (
    <StepCard
      icon={FlaskConical}
      title="Try the sample"
      action={
        <Button
          variant="primary"
          onPress={() => void start()}
          pending={isPending ? 'Starting the sample…' : undefined}
        >
          Try the sample
        </Button>
      }
    >
      <p>
        A small repository with a real bug and a failing test. A recorded model answers, so no key
        is needed and nothing leaves this machine.
      </p>
      <InlineError error={failure} />
    </StepCard>
  )
}

function RepositoryCard() {
  const repositories = useQuery(api.repositories.list.queryOptions({ input: { limit: 50 } }))
  const own = repositories.data?.items.filter((one) => !one.isSample).length ?? 0
  return (
    <StepCard
      icon={FolderGit2}
      title="Add a repository"
      action={
        <>
          <ButtonLink to="/repositories/add">Search a folder</ButtonLink>
          <ButtonLink to="/repositories/add" search={{ by: 'url' }}>
            Clone by URL
          </ButtonLink>
        </>
      }
    >
      <p>
        From a folder on this machine, which is searched for repositories, or cloned by its URL.
      </p>
      {own > 0 && (
        <p className="text-foreground">{plural(own, 'repository', 'repositories')} added so far.</p>
      )}
    </StepCard>
  )
}

function ModelCard({ canManage }: { canManage: boolean }) {
  const providers = useQuery(api.providers.list.queryOptions())
  const found = providers.data?.items.filter((one) => one.kind !== 'recording') ?? []
  return (
    <StepCard
      icon={KeyRound}
      title="Connect a model"
      action={
        <ButtonLink to="/settings/$section" params={{ section: 'providers' }}>
          {canManage ? (found.length > 0 ? 'Models' : 'Connect a model') : 'See the models'}
        </ButtonLink>
      }
    >
      <p>Anthropic, OpenAI, or any compatible address, such as Ollama on this machine.</p>
      {providers.isPending && <Skeleton className="h-5 w-40" />}
      <InlineError error={providers.error} />
      {found.length > 0 && (
        <ul className="grid gap-1 text-list">
          {found.map((provider) => (
            <li key={provider.id} className="min-w-0 truncate" title={providerLabel(provider)}>
              <span className="font-medium text-foreground">{provider.name}</span>{' '}
              {providerLabel(provider)}
            </li>
          ))}
        </ul>
      )}
      {providers.isSuccess && found.length === 0 && (
        <p>None was found in the environment of this server.</p>
      )}
    </StepCard>
  )
}
