import { formatCount } from './format.ts'

/** `+12 −3`, aligned and readable without colour. */
export function ChangedLines({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span
      className="whitespace-nowrap font-mono text-xs tabular-nums"
      title={`${formatCount(additions)} lines added, ${formatCount(deletions)} removed`}
    >
      <span className="text-success">+{formatCount(additions)}</span>{' '}
      <span className="text-danger">−{formatCount(deletions)}</span>
    </span>
  )
}
