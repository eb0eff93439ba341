import { useRef, type ReactNode } from 'react'

export interface TabChoice<T extends string> {
  id: T
  label: string
  mark?: ReactNode
}

/** A row of tabs; arrow keys go from one to the next. */
export function TabList<T extends string>({
  label,
  tabs,
  selected,
  onSelect,
}: {
  label: string
  tabs: readonly TabChoice<T>[]
  selected: T
  onSelect: (tab: T) => void
}) {
  const row = useRef<HTMLDivElement>(null)
  function step(by: number): void {
    const at = tabs.findIndex((tab) => tab.id === selected)
    const next = tabs[(at + by + tabs.length) % tabs.length]
    if (next === undefined) return
    onSelect(next.id)
    row.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus()
  }
  return (
    <div
      ref={row}
      role="tablist"
      aria-label={label}
      className="flex h-10 shrink-0 items-stretch gap-1 overflow-x-auto border-b border-separator px-2 max-sm:gap-0 max-sm:px-0"
    >
      {tabs.map((tab) => (
        <button
          key={tab.id}
          id={`tab-${tab.id}`}
          type="button"
          role="tab"
          aria-selected={tab.id === selected}
          aria-controls="tab-panel"
          tabIndex={tab.id === selected ? 0 : -1}
          onClick={() => onSelect(tab.id)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') step(1)
            else if (event.key === 'ArrowLeft') step(-1)
            else return
            event.preventDefault()
          }}
          className={`flex cursor-pointer items-center gap-1.5 border-b-2 px-2.5 text-list whitespace-nowrap max-sm:px-2 ${
            tab.id === selected
              ? 'border-accent font-medium text-foreground'
              : 'border-transparent text-muted hover:text-foreground'
          }`}
        >
          {tab.label}
          {tab.mark}
        </button>
      ))}
    </div>
  )
}
