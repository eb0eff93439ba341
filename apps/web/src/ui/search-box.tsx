import { Search } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'

const TYPING_MS = 250

/** Filters a list by text; what was typed goes to the address when typing pauses. */
export function SearchBox({
  label,
  initial,
  onSearch,
}: {
  label: string
  initial: string
  onSearch: (text: string) => void
}) {
  const [text, setText] = useState(initial)
  const [seen, setSeen] = useState(initial)
  const search = useEffectEvent(onSearch)
  if (seen !== initial) {
    setSeen(initial)
    // Cleared from outside, by the button of the empty list.
    if (initial === '') setText('')
  }
  // The timer is the outside thing here.
  useEffect(() => {
    if (text === initial) return
    const timer = setTimeout(() => search(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, initial])
  return (
    <label className="flex h-9.5 min-w-48 flex-1 items-center gap-2 rounded-md border border-field-border bg-field px-2.5 focus-within:outline-2 focus-within:outline-focus max-sm:h-10 max-sm:basis-full">
      <Search size={14} className="text-muted" aria-hidden />
      <span className="sr-only">{label}</span>
      <input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={label}
        className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
      />
    </label>
  )
}
