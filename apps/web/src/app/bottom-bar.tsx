import { Link } from '@tanstack/react-router'
import { navEntries } from './nav.ts'
import { WaitingCount } from './rail.tsx'

/** The rail at phone width: under the thumb, with words. */
export function BottomBar({ waiting }: { waiting: number }) {
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 border-t border-separator bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {navEntries.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className="relative flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs"
          activeProps={{ className: 'text-accent font-medium' }}
          inactiveProps={{ className: 'text-muted' }}
        >
          <Icon size={19} aria-hidden />
          {label}
          {to === '/inbox' && waiting > 0 && (
            <span className="absolute top-1.5 left-1/2 ml-2">
              <WaitingCount count={waiting} />
            </span>
          )}
        </Link>
      ))}
    </nav>
  )
}
