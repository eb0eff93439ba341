import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { FindBar } from './find-bar.tsx'
import { paintFound } from './find-highlight.ts'
import { TimelineItemView } from './timeline-item.tsx'
import { searchTextOf } from './timeline-texts.logic.ts'
import type { TimelineItem } from './timeline-types.ts'

/** Nearer to the end than this counts as being there. */
const AT_END_PX = 64

const estimates: Record<TimelineItem['kind'], number> = {
  prompt: 90,
  message: 80,
  tool: 28,
  plan: 120,
  gates: 110,
  checkpoint: 28,
  decision: 28,
  commit: 28,
  outcome: 80,
  notice: 28,
}

/** What is looked for, absent while nothing is; `asked` counts how often the field was called for. */
export interface FindState {
  text: string | undefined
  asked: number
}

const textOf = (typed: string | undefined): string => typed?.trim().toLowerCase() ?? ''

/** Where a text stands, as indexes of items. */
const placesOf = (items: readonly TimelineItem[], wanted: string): number[] =>
  wanted === ''
    ? []
    : items.flatMap((item, at) => (searchTextOf(item).toLowerCase().includes(wanted) ? [at] : []))

/**
 * The timeline: only what is in view is in the page. It keeps to its end while the reader is at the end, stays
 * where it is otherwise, and finds text in all of it.
 */
export function Timeline({
  items,
  find,
  onFind,
  footer,
}: {
  items: readonly TimelineItem[]
  find: FindState
  onFind: (text: string | undefined) => void
  footer: ReactNode
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const [isAtEnd, setIsAtEnd] = useState(true)
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => items[at]?.id ?? at,
    estimateSize: (at) => estimates[items[at]?.kind ?? 'notice'],
    overscan: 8,
    paddingStart: 12,
    paddingEnd: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    initialOffset: Number.MAX_SAFE_INTEGER,
  })
  const rows = virtualizer.getVirtualItems()
  // The log comes in batches, faster than rows are measured: whoever is at the end is brought along each time the
  // list grows, until they scroll up.
  const lastTop = useRef(0)
  const totalSize = virtualizer.getTotalSize()
  useEffect(() => {
    if (isAtEnd) scroller.current?.scrollTo({ top: Number.MAX_SAFE_INTEGER })
  }, [isAtEnd, totalSize])

  const wanted = textOf(find.text)
  const found = placesOf(items, wanted)
  const [hit, setHit] = useState(0)
  const current = found.length === 0 ? undefined : found[Math.min(hit, found.length - 1)]
  const rendered = rows.map((row) => row.key).join(' ')
  const currentKey = current === undefined ? undefined : items[current]?.id
  useEffect(() => paintFound(scroller.current, wanted, currentKey), [wanted, rendered, currentKey])

  function goToHit(step: number): void {
    if (found.length === 0) return
    const next = (Math.min(hit, found.length - 1) + step + found.length) % found.length
    setHit(next)
    show(found[next])
  }

  function show(at: number | undefined): void {
    if (at === undefined) return
    // Who looks for something is not at the end any more, also before the scrolling says so.
    setIsAtEnd(false)
    virtualizer.scrollToIndex(at, { align: 'center' })
  }

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {find.text !== undefined && (
        <FindBar
          // Asked for again while it is open: a new field takes the focus.
          key={find.asked}
          text={find.text}
          count={found.length}
          at={Math.min(hit, Math.max(0, found.length - 1))}
          onText={(text) => {
            setHit(0)
            onFind(text)
            show(placesOf(items, textOf(text))[0])
          }}
          onStep={goToHit}
          onClose={() => onFind(undefined)}
        />
      )}
      <div
        ref={scroller}
        role="log"
        aria-label="Timeline"
        aria-live="off"
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto outline-none"
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget
          const isNear = scrollHeight - scrollTop - clientHeight < AT_END_PX
          const isUpwards = scrollTop < lastTop.current
          lastTop.current = scrollTop
          setIsAtEnd((was) => isNear || (was && !isUpwards))
        }}
      >
        <div className="relative mx-auto w-full max-w-3xl" style={{ height: totalSize }}>
          {rows.map((row) => {
            const item = items[row.index]
            return (
              item !== undefined && (
                <div
                  key={row.key}
                  ref={virtualizer.measureElement}
                  data-index={row.index}
                  data-item={item.id}
                  className="absolute inset-x-0 top-0 px-3 sm:px-4"
                  style={{ transform: `translateY(${row.start}px)` }}
                >
                  <TimelineItemView item={item} />
                </div>
              )
            )
          })}
        </div>
        <div className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-4">{footer}</div>
      </div>
      {!isAtEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            className="pointer-events-auto bg-surface shadow-md"
            icon={<ArrowDown size={14} aria-hidden />}
            onPress={() => {
              const element = scroller.current
              virtualizer.scrollToIndex(items.length - 1, { align: 'end' })
              requestAnimationFrame(() => element?.scrollTo({ top: element.scrollHeight }))
            }}
          >
            Jump to newest
          </Button>
        </div>
      )}
    </div>
  )
}
