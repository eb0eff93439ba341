import type { ReactNode } from 'react'

/** A bordered part of a page with a heading of its own and, at its right, what one can do there. */
export function Card({
  title,
  hint,
  actions,
  children,
  isFlush = false,
  tone,
}: {
  title?: ReactNode
  hint?: ReactNode
  actions?: ReactNode
  children: ReactNode
  isFlush?: boolean
  tone?: 'danger' | 'warning'
}) {
  const border =
    tone === 'danger'
      ? 'border-danger/40'
      : tone === 'warning'
        ? 'border-warning/50'
        : 'border-border'
  return (
    <section className={`min-w-0 rounded-lg border bg-surface ${border}`}>
      {(title !== undefined || actions !== undefined) && (
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-separator px-4 py-2">
          <div className="min-w-0">
            <h2 className="font-semibold">{title}</h2>
            {hint !== undefined && <p className="text-list text-muted">{hint}</p>}
          </div>
          {actions !== undefined && (
            <div className="flex flex-wrap items-center gap-2">{actions}</div>
          )}
        </header>
      )}
      <div className={isFlush ? 'min-w-0 overflow-x-auto' : 'p-4'}>{children}</div>
    </section>
  )
}
