import { stripVTControlCharacters } from 'node:util'

// Everything a terminal acts on but tab and line end, and the marks that reorder text so that
// it reads as something else than it is (CVE-2021-42574).
const unseen = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const named = (character: string): string =>
  `<U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`

/** Foreign text for a terminal, nothing hidden: what is not printable is shown by its name. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unseen, named)
}

/** Foreign text for a terminal, easy to read: colours and cursor movements are left out. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(unseen, '')
}

/** On one line. */
export const oneLine = (text: string): string => plain(text).replace(/\s+/g, ' ').trim()

/** At most `width` characters, the last an ellipsis where some were cut; 0 cuts nothing. */
export function fit(text: string, width: number): string {
  if (width <= 0) return text
  const characters = Array.from(text)
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}

/** The last lines of a long text. */
export function lastLines(text: string, count: number): string[] {
  return plain(text).trimEnd().split('\n').slice(-count)
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Micro-dollars as dollars. */
export function cost(micros: number | null): string {
  if (micros === null) return 'cost not known'
  return `$${(micros / 1_000_000).toFixed(micros === 0 || micros >= 1_000_000 ? 2 : 4)}`
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** Enough of an id to name it by: the prefix and its time. */
export const shortId = (id: string): string => id.slice(0, 16)

export function ago(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000))
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${plural(Math.floor(seconds / 86_400), 'day')} ago`
}
