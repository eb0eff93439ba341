/** Output of a command: monospace, its own scroll, kept at the end while `isFollowing`. */
export function LogView({
  text,
  label,
  isFollowing = false,
}: {
  text: string
  label: string
  isFollowing?: boolean
}) {
  return (
    <pre
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="log"
      aria-label={label}
      aria-live="off"
      ref={(element) => {
        if (element !== null && isFollowing) element.scrollTop = element.scrollHeight
      }}
      className="max-h-80 overflow-auto rounded-md border border-border bg-surface-secondary p-3 font-mono text-xs leading-5 whitespace-pre-wrap"
    >
      {text}
    </pre>
  )
}
