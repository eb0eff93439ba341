/**
 * File names as text. Git and Linux know names as bytes; JSON and Postgres know only Unicode. A name that is valid
 * UTF-8 is itself; each byte that is not becomes one private code point U+10FF00 + byte, which every JSON parser and
 * Postgres accept (lone surrogates, as in Python's PEP 383, are refused by both). The code points used are escaped
 * in the same way when they occur in a real name, so the mapping can always be turned back.
 */

const ESCAPE_BASE = 0x10_ff_00
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text of a file name's bytes; lossless, see `pathToBytes`. */
export function pathFromBytes(bytes: Uint8Array): string {
  try {
    const text = strictDecoder.decode(bytes)
    if (!hasEscapes(text)) return text
  } catch {
    // Not UTF-8: taken apart below.
  }
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length > 0) {
      const part = strictDecoder.decode(bytes.subarray(at, at + length))
      if (!hasEscapes(part)) {
        text += part
        at += length
        continue
      }
    }
    text += String.fromCodePoint(ESCAPE_BASE + (bytes[at] ?? 0))
    at += 1
  }
  return text
}

/** The bytes that a path text stands for. */
export function pathToBytes(text: string): Buffer {
  if (!hasEscapes(text)) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    parts.push(isEscape(code) ? Buffer.of(code - ESCAPE_BASE) : Buffer.from(character, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** A path text for people's eyes: bytes that are not text become U+FFFD. Not reversible. */
export function displayPath(text: string): string {
  let shown = ''
  for (const character of text)
    shown += isEscape(character.codePointAt(0) ?? 0) ? '\uFFFD' : character
  return shown
}

/** Splits NUL-terminated output into its fields. */
export function splitNul(output: Buffer): Buffer[] {
  const fields: Buffer[] = []
  let start = 0
  while (start < output.length) {
    let end = output.indexOf(0, start)
    if (end === -1) end = output.length
    fields.push(output.subarray(start, end))
    start = end + 1
  }
  return fields
}

/** Joins path texts into NUL-terminated input. */
export function joinNul(paths: Iterable<string>): Buffer {
  const parts: Buffer[] = []
  for (const path of paths) parts.push(pathToBytes(path), NUL)
  return Buffer.concat(parts)
}

const NUL = Buffer.of(0)

function isEscape(code: number): boolean {
  return code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff
}

function hasEscapes(text: string): boolean {
  // All of them share the high surrogate U+DBFF; looking for it first keeps the usual case fast.
  if (!text.includes('\uDBFF')) return false
  for (const character of text) if (isEscape(character.codePointAt(0) ?? 0)) return true
  return false
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0
  if (length === 0 || at + length > bytes.length) return 0
  try {
    strictDecoder.decode(bytes.subarray(at, at + length))
    return length
  } catch {
    return 0
  }
}
