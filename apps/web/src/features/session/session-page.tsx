import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { isCode } from '../../ui/problem.ts'
import { ButtonLink } from '../../ui/button.tsx'
import type { SessionSearch } from '../../routes/sessions.ts'
import { SessionTools } from './session-tools.tsx'
import { SessionView } from './session-view.tsx'
import type { FindState } from './timeline.tsx'
import './session.css'

const route = getRouteApi('/frame/sessions/$sessionId')

/** The address of a session: what it names is read here, what it shows stands in `SessionView`. */
export function SessionPage() {
  const { sessionId } = route.useParams()
  const search = route.useSearch()
  const navigate = useNavigate({ from: '/sessions/$sessionId' })
  const session = useQuery(
    api.sessions.get.queryOptions({ input: { sessionId: sessionId as never } }),
  )
  const title = session.data?.title ?? 'Session'
  const onSearch = (change: Partial<SessionSearch>, how?: 'replace') =>
    void navigate({
      search: (before) => ({ ...before, ...change }),
      replace: how === 'replace',
      // The page stays; what is scrolled in it stays where its reader put it.
      resetScroll: false,
    })
  // The field must be there before the next key comes; the address follows.
  const [find, setFind] = useState<FindState>({ text: search.find, asked: 0 })
  const onFind = (text: string | undefined) => {
    setFind((before) => ({
      text,
      asked: before.asked + (text === before.text || before.text === undefined ? 1 : 0),
    }))
    onSearch({ find: text }, 'replace')
  }
  return (
    <Page
      title={title}
      crumbs={[{ label: 'Sessions', to: '/sessions' }, { label: title }]}
      action={
        session.data !== undefined && (
          <SessionTools
            session={session.data}
            namedTask={search.task}
            onFind={() => onFind(find.text ?? '')}
          />
        )
      }
      isFull
    >
      {session.isPending && <SkeletonRows rows={10} />}
      {session.isError && session.data === undefined && (
        <div className="p-4">
          <ErrorState
            title={
              isCode(session.error, 'not_found')
                ? 'There is no such session here'
                : 'The session could not be read'
            }
            error={session.error}
            onRetry={() => void session.refetch()}
          >
            <ButtonLink to="/sessions">All sessions</ButtonLink>
          </ErrorState>
        </div>
      )}
      {session.data !== undefined && (
        <SessionView
          key={session.data.id}
          session={session.data}
          search={search}
          find={find}
          onFind={onFind}
          onSearch={onSearch}
        />
      )}
    </Page>
  )
}
