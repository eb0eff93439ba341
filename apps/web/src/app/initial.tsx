/** A workspace's first letter, as its sign. */
export function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      data-initial={name.slice(0, 1).toUpperCase()}
      className="before:content-[attr(data-initial)] flex size-6 shrink-0 items-center justify-center rounded bg-accent text-xs font-semibold text-accent-foreground"
    />
  )
}
