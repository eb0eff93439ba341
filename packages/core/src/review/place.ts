/** The lines that a comment speaks of, and where the same lines stand in another version of the file. */
export function linesAt(text: string, startLine: number, endLine: number): string {
  return text
    .split('\n')
    .slice(startLine - 1, endLine)
    .join('\n')
}

/**
 * Finds where commented lines stand now: at their old place if they are still there, else at
 * the one other place that holds exactly them.
 * @returns the first line, or null when they are gone or stand in several other places
 */
export function findLines(text: string, hunk: string, startLine: number): number | null {
  const wanted = hunk.split('\n')
  const lines = text.split('\n')
  const standsAt = (index: number) => wanted.every((line, offset) => lines[index + offset] === line)
  if (standsAt(startLine - 1)) return startLine
  const places = lines.flatMap((_, index) => (standsAt(index) ? [index + 1] : []))
  return places.length === 1 ? places[0]! : null
}
