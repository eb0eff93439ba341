import { Link, type LinkProps } from '@tanstack/react-router'
import { ChevronRight, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { Keys } from './keys.tsx'
import { useUiStore } from './ui-store.ts'

export interface Crumb {
  label: string
  to?: LinkProps['to']
  params?: Record<string, string>
}

/**
 * The frame of every page: the top line (where I am, the one main action, search) and what is below it.
 * `title` names the browser's tab; `isFull` gives the page the whole height to divide by itself.
 */
export function Page({
  title,
  crumbs,
  action,
  children,
  isFull = false,
  width = 'wide',
}: {
  title: string
  crumbs: readonly Crumb[]
  action?: ReactNode
  children: ReactNode
  isFull?: boolean
  width?: 'wide' | 'narrow'
}) {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <title>{`${title} · Sluice`}</title>
      <header className="flex h-12 shrink-0 items-center gap-2 border-b max-sm:h-14 border-separator bg-background px-4">
        <nav aria-label="Where I am" className="min-w-0 flex-1">
          <ol className="flex min-w-0 items-center gap-1">
            {crumbs.map((crumb, index) => {
              const isLast = index === crumbs.length - 1
              return (
                <li
                  key={crumb.label}
                  className={`flex min-w-0 items-center gap-1 ${isLast ? '' : 'max-sm:hidden'}`}
                >
                  {index > 0 && (
                    <ChevronRight
                      size={14}
                      className="shrink-0 text-muted max-sm:hidden"
                      aria-hidden
                    />
                  )}
                  {isLast || crumb.to === undefined ? (
                    <h1 aria-current="page" className="truncate font-semibold">
                      {crumb.label}
                    </h1>
                  ) : (
                    <Link
                      to={crumb.to}
                      params={crumb.params as never}
                      className="truncate rounded text-muted hover:text-foreground"
                    >
                      {crumb.label}
                    </Link>
                  )}
                </li>
              )
            })}
          </ol>
        </nav>
        <SearchButton />
        {action}
      </header>
      {isFull ? (
        <div className="min-h-0 flex-1">{children}</div>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div
            className={`mx-auto w-full p-4 pb-12 ${width === 'narrow' ? 'max-w-3xl' : 'max-w-6xl'}`}
          >
            {children}
          </div>
        </div>
      )}
    </div>
  )
}

function SearchButton() {
  const setOpen = useUiStore((state) => state.setPaletteOpen)
  return (
    <button
      type="button"
      onClick={() => setOpen(true)}
      className="flex h-8 shrink-0 cursor-pointer items-center gap-2 rounded-md border border-border px-2 text-list text-muted hover:text-foreground max-sm:size-10 max-sm:justify-center max-sm:border-transparent"
    >
      <Search size={15} aria-hidden />
      <span className="max-md:sr-only">Search</span>
      <span className="max-md:hidden" aria-hidden>
        <Keys keys="mod+k" />
      </span>
    </button>
  )
}
