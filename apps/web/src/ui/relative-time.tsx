import { useNow } from './clock.ts'
import { formatExact, formatRelative } from './format.ts'

/** An age that keeps itself current, with the exact time on hover. */
export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const now = useNow()
  return (
    <time
      dateTime={at}
      title={formatExact(at)}
      className={`whitespace-nowrap tabular-nums ${className ?? ''}`}
    >
      {formatRelative(at, now)}
    </time>
  )
}
