import { useState } from 'react'

const PREFIX = 'sluice.draft.'

/**
 * A text that outlives the page: kept by this browser under `key` until it is sent. Mount its user under a
 * React key of the same name, so that another key starts with its own draft.
 * @param initial what stands there while nothing was typed
 */
export function useDraftText(
  key: string,
  initial = '',
): [text: string, setText: (text: string) => void, clear: () => void, isDraft: boolean] {
  const [draft, setDraft] = useState<string | null>(() => localStorage.getItem(PREFIX + key))
  const write = (text: string | null) => {
    setDraft(text)
    try {
      if (text === null) localStorage.removeItem(PREFIX + key)
      else localStorage.setItem(PREFIX + key, text)
    } catch {
      // Storage is full: the text still stands in the field, it only does not outlive the page.
    }
  }
  return [
    draft ?? initial,
    (text) => write(text === initial ? null : text),
    () => write(null),
    draft !== null,
  ]
}
