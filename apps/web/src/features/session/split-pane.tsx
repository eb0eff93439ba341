import { useRef, useState, type CSSProperties, type ReactNode } from 'react'

const KEY = 'sluice.session.split'
const LEAST = 25
const MOST = 75

function kept(): number {
  const value = Number(localStorage.getItem(KEY))
  return value >= LEAST && value <= MOST ? value : 40
}

/**
 * Two panes with a divider that moves, by pointer and by arrow keys, and is remembered. On a phone the second
 * pane follows under the first, and its tabs peep out below it.
 */
export function SplitPane({ left, right }: { left: ReactNode; right: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const [percent, setPercent] = useState(kept)

  function move(next: number): void {
    const held = Math.round(Math.min(MOST, Math.max(LEAST, next)) * 10) / 10
    setPercent(held)
    localStorage.setItem(KEY, String(held))
  }

  return (
    <div
      ref={frame}
      className="flex min-h-0 flex-1 max-lg:flex-col max-lg:overflow-y-auto"
      style={{ '--split': `${percent}%` } as CSSProperties}
    >
      <div className="flex min-h-0 min-w-0 flex-col max-lg:h-[calc(100%-2.5rem)] max-lg:shrink-0 lg:w-(--split)">
        {left}
      </div>
      <div
        role="separator"
        aria-label="Width of the timeline"
        aria-orientation="vertical"
        aria-valuenow={Math.round(percent)}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        // A separator that moves is a control.
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          const box = frame.current?.getBoundingClientRect()
          if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return
          move(((event.clientX - box.left) / box.width) * 100)
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowLeft' ? -2 : event.key === 'ArrowRight' ? 2 : 0
          if (step === 0) return
          event.preventDefault()
          move(percent + step)
        }}
        className="relative w-px shrink-0 cursor-col-resize touch-none bg-separator before:absolute before:inset-y-0 before:-left-1.5 before:w-3 hover:bg-accent max-lg:hidden"
      />
      <div
        id="session-tabs"
        className="flex min-h-0 min-w-0 flex-1 flex-col max-lg:h-full max-lg:flex-none max-lg:border-t max-lg:border-border"
      >
        {right}
      </div>
    </div>
  )
}
