/** What is being done and how far; without a percentage the bar only says that something moves. */
export function Progress({ text, percent }: { text: string; percent: number | null }) {
  return (
    <div className="min-w-0">
      <div
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent ?? undefined}
        className="h-1 w-full overflow-hidden rounded-full bg-surface-tertiary"
      >
        <div
          className={`h-full rounded-full bg-accent ${percent === null ? 'w-1/3 motion-safe:animate-pulse' : ''}`}
          style={percent === null ? undefined : { width: `${percent}%` }}
        />
      </div>
      <p className="mt-1 truncate text-xs text-muted tabular-nums" title={text}>
        {text}
      </p>
    </div>
  )
}
