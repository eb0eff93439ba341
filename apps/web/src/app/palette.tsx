import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { useQuery } from '@tanstack/react-query'
import { FolderGit2, MessagesSquare, Monitor, Moon, Plus, Sun } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { Keys } from '../ui/keys.tsx'
import { usePaletteStore } from '../ui/palette-actions.ts'
import { StatusIcon } from '../ui/status-mark.tsx'
import { statusOfSession } from '../ui/status.ts'
import { useUiStore } from '../ui/ui-store.ts'
import { api } from './api.ts'
import { useMe } from './me.ts'
import { navEntries } from './nav.ts'

const FOUND = 8
const row =
  'flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 text-list aria-selected:bg-default'

/** `Ctrl/⌘ K`: go anywhere, do what the page in view can do, find sessions and repositories by text. */
export default function Palette() {
  const navigate = useNavigate()
  const setOpen = useUiStore((state) => state.setPaletteOpen)
  const setTheme = useUiStore((state) => state.setTheme)
  const actions = usePaletteStore((state) => state.actions)
  const { can } = useMe()
  const [text, setText] = useState('')
  const search = useDeferredValue(text.trim())
  const sessions = useQuery(
    api.sessions.list.queryOptions({
      input: { search: search === '' ? undefined : search, limit: FOUND },
    }),
  )
  const repositories = useQuery(
    api.repositories.list.queryOptions({
      input: { search: search === '' ? undefined : search, limit: FOUND },
    }),
  )

  function run(what: () => void) {
    setOpen(false)
    what()
  }

  return (
    <Command.Dialog
      open
      onOpenChange={setOpen}
      label="Search and do"
      loop
      overlayClassName="fixed inset-0 z-40 bg-backdrop"
      contentClassName="fixed inset-x-0 top-[12vh] z-50 mx-auto w-[min(36rem,calc(100vw-1.5rem))] overflow-hidden rounded-lg border border-border bg-overlay shadow-overlay max-sm:top-3"
    >
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Go to, do, or find…"
        className="h-12 w-full border-b border-separator bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[60vh] overflow-y-auto p-2 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted">
        <Command.Empty className="px-2 py-6 text-center text-muted">
          Nothing matches “{text}”.
        </Command.Empty>
        {actions.length > 0 && (
          <Command.Group heading="On this page">
            {actions.map(({ id, label, icon: Icon, keys, run: act }) => (
              <Command.Item
                key={id}
                value={`${label} ${id}`}
                onSelect={() => run(act)}
                className={row}
              >
                {Icon !== undefined && <Icon size={15} className="text-muted" aria-hidden />}
                <span className="flex-1 truncate">{label}</span>
                {keys !== undefined && <Keys keys={keys} />}
              </Command.Item>
            ))}
          </Command.Group>
        )}
        <Command.Group heading="Go to">
          {navEntries.map(({ to, label, icon: Icon, keys }) => (
            <Command.Item
              key={to}
              value={`Go to ${label}`}
              onSelect={() => run(() => void navigate({ to }))}
              className={row}
            >
              <Icon size={15} className="text-muted" aria-hidden />
              <span className="flex-1">{label}</span>
              <Keys keys={keys} />
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading="Do">
          {can.createTasks && (
            <Command.Item
              value="New session"
              onSelect={() => run(() => void navigate({ to: '/sessions/new' }))}
              className={row}
            >
              <Plus size={15} className="text-muted" aria-hidden />
              <span className="flex-1">New session</span>
              <Keys keys="c" />
            </Command.Item>
          )}
          {can.manageRepositories && (
            <Command.Item
              value="Add a repository"
              onSelect={() => run(() => void navigate({ to: '/repositories/add' }))}
              className={row}
            >
              <Plus size={15} className="text-muted" aria-hidden />
              Add a repository
            </Command.Item>
          )}
          {(
            [
              ['system', 'System theme', Monitor],
              ['light', 'Light theme', Sun],
              ['dark', 'Dark theme', Moon],
            ] as const
          ).map(([theme, label, Icon]) => (
            <Command.Item
              key={theme}
              value={label}
              onSelect={() => run(() => setTheme(theme))}
              className={row}
            >
              <Icon size={15} className="text-muted" aria-hidden />
              {label}
            </Command.Item>
          ))}
        </Command.Group>
        {(sessions.data?.items.length ?? 0) > 0 && (
          <Command.Group heading="Sessions">
            {sessions.data?.items.map((session) => (
              <Command.Item
                key={session.id}
                value={`${session.title} ${session.repositoryName} ${session.id} ${search}`}
                onSelect={() =>
                  run(
                    () =>
                      void navigate({
                        to: '/sessions/$sessionId',
                        params: { sessionId: session.id },
                      }),
                  )
                }
                className={row}
              >
                <MessagesSquare size={15} className="shrink-0 text-muted" aria-hidden />
                <span className="min-w-0 flex-1 truncate">{session.title}</span>
                <span className="shrink-0 truncate text-xs text-muted">
                  {session.repositoryName}
                </span>
                <StatusIcon status={statusOfSession(session)} />
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {(repositories.data?.items.length ?? 0) > 0 && (
          <Command.Group heading="Repositories">
            {repositories.data?.items.map((repository) => (
              <Command.Item
                key={repository.id}
                value={`${repository.name} ${repository.path} ${repository.id} ${search}`}
                onSelect={() =>
                  run(
                    () =>
                      void navigate({
                        to: '/repositories/$repositoryId',
                        params: { repositoryId: repository.id },
                      }),
                  )
                }
                className={row}
              >
                <FolderGit2 size={15} className="shrink-0 text-muted" aria-hidden />
                <span className="shrink-0">{repository.name}</span>
                <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">
                  {repository.path}
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command.Dialog>
  )
}
