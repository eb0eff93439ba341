import type { KeyboardEvent } from 'react'

/** The keys of a text field in a panel: `Ctrl/⌘ Enter` does what the panel's main button does, `Esc` folds it. */
export function panelKeys(send: () => void, close: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  }
}
