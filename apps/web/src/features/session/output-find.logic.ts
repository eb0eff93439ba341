/** The lines in which a text stands, letters of either case; none for an empty search. */
export function findLines(lines: readonly string[], query: string): number[] {
  if (query === '') return []
  const wanted = query.toLowerCase()
  return lines.flatMap((line, at) => (line.toLowerCase().includes(wanted) ? [at] : []))
}

/** A text cut where the query stands in it. */
export function cutAt(text: string, query: string): { text: string; isHit: boolean }[] {
  if (query === '') return [{ text, isHit: false }]
  const lower = text.toLowerCase()
  const wanted = query.toLowerCase()
  // Some letters change their length with their case; then a place in one text is none in the other.
  if (lower.length !== text.length) return [{ text, isHit: false }]
  const pieces: { text: string; isHit: boolean }[] = []
  let from = 0
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isHit: false })
    from = at + wanted.length
    pieces.push({ text: text.slice(at, from), isHit: true })
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHit: false })
  return pieces
}
