export interface Mention {
  /** Where the `@` stands. */
  start: number
  /** What follows it up to the cursor. */
  query: string
}

/** The `@…` that is being typed at the cursor, if one is: it begins a word and holds no space. */
export function mentionAt(text: string, cursor: number): Mention | null {
  const match = /(^|[\s([{'"`])@([^\s@]*)$/.exec(text.slice(0, cursor))
  if (match === null) return null
  const query = match[2] ?? ''
  return { start: cursor - query.length - 1, query }
}

/** The text with the mention made whole, and where the cursor goes. */
export function completeMention(
  text: string,
  mention: Mention,
  path: string,
): { text: string; cursor: number } {
  const end = mention.start + 1 + mention.query.length
  const space = /^\s/.test(text.slice(end)) ? '' : ' '
  const before = `${text.slice(0, mention.start)}@${path}${space}`
  return { text: before + text.slice(end), cursor: before.length + (space === '' ? 1 : 0) }
}
