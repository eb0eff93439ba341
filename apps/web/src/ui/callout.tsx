import { Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

const looks = {
  info: 'border-border bg-surface-secondary',
  warning: 'border-warning/50 bg-warning-soft',
  danger: 'border-danger/50 bg-danger-soft',
}

/** A sentence that must not be overlooked, and stays: an unsandboxed session, a recorded model. */
export function Callout({
  tone = 'info',
  title,
  children,
  action,
}: {
  tone?: keyof typeof looks
  title?: string
  children: ReactNode
  action?: ReactNode
}) {
  const Icon = tone === 'info' ? Info : TriangleAlert
  const color = tone === 'info' ? 'text-muted' : tone === 'warning' ? 'text-warning' : 'text-danger'
  return (
    <div
      role="note"
      className={`flex items-start gap-2.5 rounded-md border px-3 py-2 text-list max-sm:flex-wrap ${looks[tone]}`}
    >
      <Icon size={15} className={`mt-0.5 shrink-0 ${color}`} aria-hidden />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-medium">{title}</p>}
        <div>{children}</div>
      </div>
      {action !== undefined && (
        <div className="flex shrink-0 flex-wrap gap-2 max-sm:w-full">{action}</div>
      )}
    </div>
  )
}
