import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** Says what belongs here and offers the first step. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <Icon size={28} strokeWidth={1.5} className="text-muted" aria-hidden />
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="text-muted">{children}</p>
      {action !== undefined && (
        <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>
      )}
    </div>
  )
}
