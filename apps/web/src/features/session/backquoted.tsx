/** A sentence with names in backquotes, set as code. */
export function Backquoted({ children }: { children: string }) {
  return children.split('`').map((part, at) =>
    at % 2 === 1 ? (
      // oxlint-disable-next-line react/no-array-index-key -- parts of one text never change places
      <code key={at} className="rounded bg-surface-tertiary px-1 font-mono text-xs break-all">
        {part}
      </code>
    ) : (
      part
    ),
  )
}
