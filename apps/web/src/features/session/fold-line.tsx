import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

/** One line that unfolds to the whole. */
export function FoldLine({
  isOpen,
  onToggle,
  icon,
  line,
  children,
}: {
  isOpen: boolean
  onToggle: () => void
  icon: ReactNode
  line: ReactNode
  children: ReactNode
}) {
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex min-h-7 w-full min-w-0 cursor-pointer items-center gap-2 rounded-md px-1 text-left text-list hover:bg-default pointer-coarse:min-h-10"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={`shrink-0 text-muted motion-safe:transition-transform motion-safe:duration-100 ${isOpen ? 'rotate-90' : ''}`}
        />
        <span className="shrink-0 text-muted">{icon}</span>
        <span className="flex min-w-0 flex-1 items-center gap-2">{line}</span>
      </button>
      {isOpen && (
        <div className="mt-1 mb-2 ml-3 min-w-0 border-l border-separator pl-4">{children}</div>
      )}
    </div>
  )
}
