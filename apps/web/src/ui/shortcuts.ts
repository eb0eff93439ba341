import { useEffect, useEffectEvent } from 'react'
import { create } from 'zustand'
import { matchSequence, nameOfPress } from './shortcuts.logic.ts'

const SEQUENCE_MS = 900

export interface Shortcut {
  /** `j`, `mod+k`, `g i`: presses joined by a space. */
  keys: string
  label: string
  run: () => void
  /** Also while a text field has the focus; `mod` combinations always work there. */
  inFields?: boolean
}

interface Registered extends Shortcut {
  group: string
  owner: symbol
}

export const useShortcutStore = create<{ shortcuts: Registered[] }>()(() => ({ shortcuts: [] }))

/**
 * Registers the keys of a part of the page while it is mounted; `?` lists them under `group`.
 * The newest registration wins. Pass `isActive: false` to take them back without unmounting.
 */
export function useShortcuts(group: string, shortcuts: Shortcut[], isActive = true): void {
  const run = useEffectEvent((keys: string) =>
    shortcuts.find((shortcut) => shortcut.keys === keys)?.run(),
  )
  // Registration follows what is listed, not the closures, which change at every render.
  const listed = JSON.stringify(
    shortcuts.map(({ keys, label, inFields }) => ({ keys, label, inFields })),
  )
  useEffect(() => {
    if (!isActive) return
    const owner = Symbol(group)
    const own = (JSON.parse(listed) as Omit<Shortcut, 'run'>[]).map((shortcut) => ({
      ...shortcut,
      group,
      owner,
      run: () => run(shortcut.keys),
    }))
    useShortcutStore.setState((state) => ({ shortcuts: [...state.shortcuts, ...own] }))
    return () =>
      useShortcutStore.setState((state) => ({
        shortcuts: state.shortcuts.filter((one) => one.owner !== owner),
      }))
  }, [group, listed, isActive])
}

/** Keys that every focused thing has its own use for: they belong to the page only while nothing is focused. */
const ownedByFocus = new Set(['Enter', 'ArrowUp', 'ArrowDown'])

function isPageItself(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof HTMLElement && target.id === 'page')
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** What lies over the page and has the keys for itself. A toast is an alert dialog too, and takes none. */
const inFront =
  '[role="dialog"],[role="alertdialog"]:not([data-slot="toast"]),[role="menu"],[role="listbox"][data-popover]'

/** Listens for the whole page; call once. A dialog in front keeps the keys behind it quiet. */
export function listenForShortcuts(): void {
  let pressed: string[] = []
  let lastAt = 0
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || /^(Control|Shift|Alt|Meta)$/.test(event.key))
      return
    const name = nameOfPress(event)
    const inField = isField(event.target)
    const isBehindDialog = document.querySelector(inFront) !== null
    const usable = useShortcutStore
      .getState()
      .shortcuts.filter(
        (one) =>
          (!ownedByFocus.has(one.keys) || isPageItself(event.target)) &&
          (!inField || one.inFields === true || one.keys.includes('mod+')) &&
          (!isBehindDialog || one.inFields === true),
      )
    if (event.timeStamp - lastAt > SEQUENCE_MS) pressed = []
    lastAt = event.timeStamp
    let match = matchSequence(
      [...pressed, name],
      usable.map((one) => one.keys),
    )
    if (match.kind === 'none' && pressed.length > 0) {
      pressed = []
      match = matchSequence(
        [name],
        usable.map((one) => one.keys),
      )
    }
    if (match.kind === 'none') {
      pressed = []
      return
    }
    event.preventDefault()
    if (match.kind === 'prefix') {
      pressed = [...pressed, name]
      return
    }
    pressed = []
    usable[match.index]?.run()
  })
}
