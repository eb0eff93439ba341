/** A grey bar in the size of the text to come. */
export function Skeleton({ className }: { className: string }) {
  return (
    <span
      aria-hidden
      className={`block rounded bg-surface-tertiary motion-safe:animate-pulse ${className}`}
    />
  )
}

const widths = ['w-48', 'w-64', 'w-40', 'w-56', 'w-72', 'w-44']

/** Rows of a list while it is being read; `rowHeight` is a height class equal to the real rows'. */
export function SkeletonRows({
  rows = 6,
  rowHeight = 'h-11',
}: {
  rows?: number
  rowHeight?: string
}) {
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-separator">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={`flex items-center gap-4 px-4 ${rowHeight}`}>
          <Skeleton className={`h-3 max-w-full ${widths[index % widths.length] ?? 'w-48'}`} />
          <Skeleton className="ml-auto h-3 w-16" />
        </div>
      ))}
    </div>
  )
}
