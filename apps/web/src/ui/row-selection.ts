import { useState } from 'react'
import { useShortcuts } from './shortcuts.ts'

/**
 * A list walked by keyboard: `J` and `K` or the arrows move, `Enter` opens. The rows carry
 * `data-row={index}`, so that the selected one can be brought into view.
 */
export function useRowSelection<T>(group: string, rows: readonly T[], open: (row: T) => void) {
  const [wanted, setSelected] = useState(-1)
  const selected = Math.min(wanted, rows.length - 1)

  function move(by: number): void {
    const next = Math.max(0, Math.min(rows.length - 1, selected + by))
    setSelected(next)
    document.querySelector(`[data-row="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  function openSelected(): void {
    const row = rows[selected]
    if (row !== undefined) open(row)
  }

  useShortcuts(
    group,
    [
      { keys: 'j', label: 'Next', run: () => move(1) },
      { keys: 'k', label: 'Previous', run: () => move(-1) },
      { keys: 'ArrowDown', label: 'Next', run: () => move(1) },
      { keys: 'ArrowUp', label: 'Previous', run: () => move(-1) },
      { keys: 'o', label: 'Open', run: openSelected },
      { keys: 'Enter', label: 'Open', run: openSelected },
    ],
    rows.length > 0,
  )
  return { selected, select: setSelected, row: rows[selected] }
}
