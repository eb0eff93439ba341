/** A key as pressed: `a`, `?`, `mod+k`, `shift+Enter`. `mod` is ⌘ on Apple machines, Ctrl elsewhere. */
export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** The name of a press in the registry's notation; a printable sign carries its own shift. */
export function nameOfPress(press: KeyPress): string {
  const parts: string[] = []
  if (press.ctrlKey || press.metaKey) parts.push('mod')
  if (press.altKey) parts.push('alt')
  const isPrintable = press.key.length === 1
  if (press.shiftKey && !isPrintable) parts.push('shift')
  parts.push(isPrintable ? press.key.toLowerCase() : press.key)
  return parts.join('+')
}

export type Match = { kind: 'none' } | { kind: 'prefix' } | { kind: 'hit'; index: number }

/**
 * Looks a sequence of presses up among the registered ones (`g i`, `mod+k`). The last registered wins, so
 * that a page's key stands before the frame's. A longer sequence that begins so waits for its next key.
 */
export function matchSequence(pressed: readonly string[], registered: readonly string[]): Match {
  const text = pressed.join(' ')
  for (let index = registered.length - 1; index >= 0; index--) {
    if (registered[index] === text) return { kind: 'hit', index }
  }
  return registered.some((keys) => keys.startsWith(`${text} `))
    ? { kind: 'prefix' }
    : { kind: 'none' }
}

/** The keys as they are shown, one string a cap. */
export function capsOf(keys: string, isApple: boolean): string[][] {
  const names: Record<string, string> = {
    mod: isApple ? '⌘' : 'Ctrl',
    alt: isApple ? '⌥' : 'Alt',
    shift: isApple ? '⇧' : 'Shift',
    Enter: '↵',
    Escape: 'Esc',
    ArrowUp: '↑',
    ArrowDown: '↓',
  }
  return keys
    .split(' ')
    .map((press) =>
      press
        .split('+')
        .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
    )
}
