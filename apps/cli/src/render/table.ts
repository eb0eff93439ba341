import { fit, oneLine } from './text.ts'
import type { Paint } from './paint.ts'

/**
 * Rows under headings, in columns two spaces apart. The last column takes what is left of
 * `width`; 0 cuts nothing, which is what a pipe gets.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  options: { width: number; paint: Paint },
): string {
  const cells = rows.map((row) => row.map(oneLine))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => Array.from(row[column] ?? '').length)),
  )
  const line = (row: readonly string[]): string => {
    const text = row
      .map((cell, column) =>
        column === row.length - 1
          ? cell
          : cell + ' '.repeat(Math.max(0, widths[column]! - Array.from(cell).length)),
      )
      .join('  ')
    return fit(text, options.width)
  }
  return [options.paint.bold(line(headings)), ...cells.map(line)]
    .map((text) => `${text}\n`)
    .join('')
}
