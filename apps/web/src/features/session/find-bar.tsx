import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { IconButton } from '../../ui/button.tsx'

/** The field that finds text in the whole session, with where one is and the keys to go on. */
export function FindBar({
  text,
  count,
  at,
  onText,
  onStep,
  onClose,
}: {
  text: string
  count: number
  at: number
  onText: (text: string) => void
  onStep: (step: number) => void
  onClose: () => void
}) {
  return (
    <search className="flex items-center gap-1 border-b border-separator bg-surface px-3 py-1">
      <input
        type="search"
        value={text}
        // It appears because somebody pressed its key.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        aria-label="Find in session"
        placeholder="Find in session"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault()
            onStep(event.shiftKey ? -1 : 1)
          } else if (event.key === 'Escape') {
            event.preventDefault()
            onClose()
          }
        }}
        className="min-w-0 flex-1 bg-transparent px-1 py-1 text-list outline-none placeholder:text-muted"
      />
      <span aria-live="polite" className="text-xs whitespace-nowrap text-muted tabular-nums">
        {text.trim() !== '' && `${count === 0 ? 0 : at + 1} of ${count}`}
      </span>
      <IconButton
        label="Previous"
        icon={<ChevronUp size={15} aria-hidden />}
        isDisabled={count === 0}
        onPress={() => onStep(-1)}
      />
      <IconButton
        label="Next"
        icon={<ChevronDown size={15} aria-hidden />}
        isDisabled={count === 0}
        onPress={() => onStep(1)}
      />
      <IconButton label="Close" icon={<X size={15} aria-hidden />} onPress={onClose} />
    </search>
  )
}
