import { useQuery } from '@tanstack/react-query'
import type { About } from '@sluice/contract/settings'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { useConnection } from '../../app/live.ts'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/copy-button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { SandboxFacts } from './sandbox-facts.tsx'

function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[9rem_minmax(0,1fr)] gap-x-4 gap-y-2 text-list max-sm:grid-cols-1 max-sm:gap-y-0.5">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:mt-2">{name}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Version, where the data lies, the database, and whether all is well. */
export function AboutSection() {
  const about = useQuery(api.settings.about.queryOptions())
  if (about.isError) {
    return (
      <ErrorState
        title="The server could not be asked"
        error={about.error}
        onRetry={() => void about.refetch()}
      />
    )
  }
  if (about.data === undefined) return <Skeleton className="h-72 w-full" />
  return <AboutCards about={about.data} />
}

function AboutCards({ about }: { about: About }) {
  const connection = useConnection()
  return (
    <>
      <Card title="Sluice">
        <Facts
          rows={[
            ['Version', <span key="version">{about.version}</span>],
            ['Running since', <RelativeTime key="since" at={about.startedAt} />],
            ['Node', about.node],
            [
              'Data folder',
              <Code key="data" copyLabel="Copy path">
                {about.dataFolder}
              </Code>,
            ],
            [
              'Database',
              `PostgreSQL ${about.database.version}, ${about.database.kind}, schema ${about.database.schemaVersion}`,
            ],
            [
              'Live stream',
              connection.state === 'live' ? (
                <StatusMark
                  key="live"
                  status={{
                    label: connection.via === 'socket' ? 'Connected' : 'Connected, by polling',
                    tone: 'success',
                    shape: 'done',
                  }}
                />
              ) : (
                <StatusMark
                  key="live"
                  status={{ label: 'Not connected', tone: 'danger', shape: 'failed' }}
                />
              ),
            ],
            [
              'API',
              <a
                key="api"
                href="/api/openapi.json"
                className="text-accent underline-offset-2 hover:underline"
              >
                OpenAPI document
              </a>,
            ],
          ]}
        />
      </Card>
      <Card title="Workers" isFlush>
        <ul className="divide-y divide-separator text-list">
          {about.workers.map((worker) => (
            <li key={worker.id} className="flex min-h-11 flex-wrap items-center gap-x-4 px-4">
              <Code>{worker.id}</Code>
              <span className="text-muted">{worker.roles.join(', ')}</span>
              <span className="ml-auto text-muted">
                last heard <RelativeTime at={worker.heartbeatAt} />
              </span>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Sandboxes">
        <SandboxFacts sandboxes={about.sandboxes} />
      </Card>
    </>
  )
}
