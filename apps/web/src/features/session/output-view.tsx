import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronUp, Search } from 'lucide-react'
import { useDeferredValue, useMemo, useRef, useState, type CSSProperties } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { formatCount } from '../../ui/format.ts'
import { parseAnsi, plainLine, type AnsiSegment, type AnsiStyle } from './ansi.logic.ts'
import { cutAt, findLines } from './output-find.logic.ts'

const LINE_PX = 18

const colorValue = (color: number | string | undefined): string | undefined =>
  typeof color === 'number' ? `var(--ansi-${color})` : color

function styleOf(style: AnsiStyle): CSSProperties {
  const color = colorValue(style.color)
  const background = colorValue(style.background)
  return {
    color: style.isInverse === true ? (background ?? 'var(--background)') : color,
    background: style.isInverse === true ? (color ?? 'var(--foreground)') : background,
    fontWeight: style.isBold === true ? 600 : undefined,
    opacity: style.isDim === true ? 0.7 : undefined,
    fontStyle: style.isItalic === true ? 'italic' : undefined,
    textDecoration: style.isUnderlined === true ? 'underline' : undefined,
  }
}

function Line({ segments, query }: { segments: AnsiSegment[]; query: string }) {
  return segments.map((segment, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- parts of one text never change places
    <span key={at} style={styleOf(segment.style)}>
      {cutAt(segment.text, query).map((piece, place) =>
        piece.isHit ? (
          // oxlint-disable-next-line react/no-array-index-key -- parts of one text never change places
          <mark key={place} className="bg-warning text-warning-foreground">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </span>
  ))
}

/**
 * Output of a command with its colours. Only the lines in view are in the page, so that its length does not
 * matter; a field finds text in all of it.
 */
export function OutputView({
  text,
  label,
  isSearchable = false,
  isFollowing = false,
  maxHeight = 360,
}: {
  text: string
  label: string
  isSearchable?: boolean
  isFollowing?: boolean
  maxHeight?: number
}) {
  const [query, setQuery] = useState('')
  const [hit, setHit] = useState(0)
  const scroller = useRef<HTMLDivElement>(null)
  const shown = useDeferredValue(text)
  const lines = useMemo(() => parseAnsi(shown.replace(/\n$/, '')), [shown])
  const found = useMemo(() => findLines(lines.map(plainLine), query), [lines, query])
  const widest = useMemo(
    () => lines.reduce((most, line) => Math.max(most, plainLine(line).length), 0),
    [lines],
  )
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
    anchorTo: isFollowing ? 'end' : 'start',
    followOnAppend: isFollowing,
  })
  const current = found.length === 0 ? undefined : found[hit % found.length]

  function go(step: number): void {
    if (found.length === 0) return
    const next = (hit + step + found.length) % found.length
    setHit(next)
    virtualizer.scrollToIndex(found[next] ?? 0, { align: 'center' })
  }

  return (
    <div className="min-w-0 overflow-hidden rounded-md border border-border bg-surface-secondary">
      {isSearchable && (
        <div className="flex items-center gap-1 border-b border-separator px-2 py-1">
          <Search size={13} aria-hidden className="text-muted" />
          <input
            type="search"
            value={query}
            aria-label={`Find in ${label}`}
            placeholder="Find in output"
            onChange={(event) => {
              setQuery(event.target.value)
              setHit(0)
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return
              event.preventDefault()
              go(event.shiftKey ? -1 : 1)
            }}
            className="min-w-0 flex-1 bg-transparent px-1 text-list outline-none placeholder:text-muted"
          />
          <span aria-live="polite" className="text-xs text-muted tabular-nums">
            {query === ''
              ? `${formatCount(lines.length)} lines`
              : `${found.length === 0 ? 0 : hit + 1} of ${formatCount(found.length)}`}
          </span>
          <IconButton
            label="Previous"
            icon={<ChevronUp size={14} aria-hidden />}
            onPress={() => go(-1)}
            isDisabled={found.length === 0}
          />
          <IconButton
            label="Next"
            icon={<ChevronDown size={14} aria-hidden />}
            onPress={() => go(1)}
            isDisabled={found.length === 0}
          />
        </div>
      )}
      <div
        ref={scroller}
        role="log"
        aria-label={label}
        aria-live="off"
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-auto py-2 font-mono text-xs"
        style={{ maxHeight }}
      >
        <div
          className="relative"
          style={{ height: virtualizer.getTotalSize(), minWidth: `calc(${widest}ch + 1.5rem)` }}
        >
          {virtualizer.getVirtualItems().map((row) => (
            <div
              key={row.key}
              className={`absolute inset-x-0 top-0 px-3 whitespace-pre ${row.index === current ? 'bg-warning-soft' : ''}`}
              style={{
                height: LINE_PX,
                lineHeight: `${LINE_PX}px`,
                transform: `translateY(${row.start}px)`,
              }}
            >
              <Line segments={lines[row.index] ?? []} query={query} />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
