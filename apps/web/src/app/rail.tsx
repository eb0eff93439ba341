import { Link } from '@tanstack/react-router'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { IconButton } from '../ui/button.tsx'
import { useUiStore } from '../ui/ui-store.ts'
import { navEntries } from './nav.ts'

// Menus are no part of the first load; their places are held until they come.
const WorkspaceMenu = lazy(() => import('./workspace-menu.tsx'))
const PersonMenu = lazy(() => import('./person-menu.tsx'))

export function WaitingCount({ count }: { count: number }) {
  return (
    <span
      aria-label={`${count} waiting`}
      className="min-w-4.5 rounded-full bg-accent px-1 text-center text-[0.6875rem] leading-4.5 font-semibold text-accent-foreground tabular-nums"
    >
      {count > 99 ? '99+' : count}
    </span>
  )
}

/** Where one can go: workspace above, pages, the person below. Folds to icons with their names on hover. */
export function Rail({ waiting }: { waiting: number }) {
  const isFolded = useUiStore((state) => state.isRailFolded)
  const toggle = useUiStore((state) => state.toggleRail)
  return (
    <div
      className={`flex shrink-0 flex-col border-r border-separator bg-surface-secondary max-sm:hidden ${isFolded ? 'w-13' : 'w-52'}`}
    >
      <div className="flex h-12 items-center px-2">
        <Suspense fallback={<span className="h-9 flex-1" />}>
          <WorkspaceMenu isFolded={isFolded} />
        </Suspense>
      </div>
      <nav aria-label="Main" className="flex flex-col gap-0.5 px-2 py-1">
        {navEntries.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            title={isFolded ? label : undefined}
            aria-label={isFolded ? label : undefined}
            className="relative flex h-8 items-center gap-2.5 rounded-md px-2 text-list hover:bg-default"
            activeProps={{ className: 'bg-default font-medium' }}
            inactiveProps={{ className: 'text-muted hover:text-foreground' }}
          >
            <Icon size={16} aria-hidden className="shrink-0" />
            {!isFolded && <span className="flex-1">{label}</span>}
            {to === '/inbox' && waiting > 0 && (
              <span className={isFolded ? 'absolute -top-0.5 -right-0.5' : ''}>
                <WaitingCount count={waiting} />
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className={`mt-auto flex items-center gap-1 p-2 ${isFolded ? 'flex-col' : ''}`}>
        <Suspense fallback={<span className="h-8 flex-1" />}>
          <PersonMenu isFolded={isFolded} />
        </Suspense>
        <IconButton
          label={isFolded ? 'Unfold the rail' : 'Fold the rail'}
          icon={isFolded ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
          onPress={toggle}
        />
      </div>
    </div>
  )
}
