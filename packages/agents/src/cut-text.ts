/** Shortens text by taking its middle out: how it begins and how it ends say most. */

/**
 * Keeps the first and the last lines of a text, up to a number of characters in all, with a
 * line between them that says how much is missing. Deterministic.
 * @param maxChars what is kept at most, the line between not counted
 */
export function cutMiddle(text: string, maxChars: number): { text: string; isCut: boolean } {
  if (text.length <= maxChars) return { text, isCut: false }
  const half = Math.floor(maxChars / 2)
  const head = keepHead(text, half)
  const tail = keepTail(text, half)
  const missing = text.length - head.length - tail.length
  return { text: `${head}\n[… ${missing} characters cut …]\n${tail}`, isCut: true }
}

/** Whole lines where the piece has any, and never half of a surrogate pair. */
function keepHead(text: string, chars: number): string {
  const piece = text.slice(0, chars)
  const end = piece.lastIndexOf('\n')
  return end > chars / 2 ? piece.slice(0, end) : piece.replace(/[\uD800-\uDBFF]$/, '')
}

function keepTail(text: string, chars: number): string {
  const piece = text.slice(-chars)
  const start = piece.indexOf('\n')
  return start !== -1 && start < chars / 2
    ? piece.slice(start + 1)
    : piece.replace(/^[\uDC00-\uDFFF]/, '')
}

/** Text without terminal control sequences (ECMA-48) and with overwritten progress lines dropped. */
export function plainText(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
      .replace(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g, '')
      .replace(/\r\n/g, '\n')
      .replace(/^.*\r(?!\n)/gm, '')
  )
}
