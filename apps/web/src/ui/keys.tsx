import { Fragment } from 'react'
import { capsOf } from './shortcuts.logic.ts'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

const places = (keys: string) => capsOf(keys, isApple).map((caps, place) => ({ caps, place }))

/** Key caps: `mod+k` shows as ⌘ K or Ctrl K. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      {places(keys).map(({ caps, place }) => (
        <Fragment key={place}>
          {place > 0 && <span className="text-xs text-muted">then</span>}
          {caps.map((cap) => (
            <kbd
              key={cap}
              className="min-w-5 rounded border border-border bg-surface-secondary px-1 text-center font-sans text-[0.6875rem] leading-4.5 text-muted"
            >
              {cap}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  )
}
