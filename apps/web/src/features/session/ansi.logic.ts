/** How a run of characters looks. Colours are 0–15 (the terminal's own, themed by us) or `#rrggbb`. */
export interface AnsiStyle {
  color?: number | string
  background?: number | string
  isBold?: boolean
  isDim?: boolean
  isItalic?: boolean
  isUnderlined?: boolean
  isInverse?: boolean
}

export interface AnsiSegment {
  text: string
  style: AnsiStyle
}

// Control sequences (CSI), operating system commands (OSC, ended by BEL or ST) and single escapes: ECMA-48.
const escapes = new RegExp(
  String.raw`\u001B(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])`,
  'g',
)

const cube = [0, 95, 135, 175, 215, 255]
const hex = (n: number): string => Math.max(0, Math.min(255, n)).toString(16).padStart(2, '0')

/** Colours 16–255 of the xterm palette: a 6×6×6 cube, then 24 greys. */
function paletteColor(n: number): number | string {
  if (n < 16) return n
  if (n >= 232) return `#${hex(8 + (n - 232) * 10).repeat(3)}`
  const at = n - 16
  return `#${[Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => hex(cube[step] ?? 0)).join('')}`
}

/** Reads `38;5;n` and `38;2;r;g;b`; returns the colour and how many codes it took beside the first. */
function extendedColor(codes: number[], at: number): [number | string | undefined, number] {
  if (codes[at + 1] === 5) return [paletteColor(codes[at + 2] ?? 0), 2]
  if (codes[at + 1] === 2)
    return [`#${hex(codes[at + 2] ?? 0)}${hex(codes[at + 3] ?? 0)}${hex(codes[at + 4] ?? 0)}`, 4]
  return [undefined, 0]
}

/** The style after an SGR sequence (ECMA-48, 8.3.117). Unknown codes change nothing. */
export function applySgr(style: AnsiStyle, parameters: string): AnsiStyle {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)))
  let next: AnsiStyle = { ...style }
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0
    if (code === 0) next = {}
    else if (code === 1) next.isBold = true
    else if (code === 2) next.isDim = true
    else if (code === 3) next.isItalic = true
    else if (code === 4) next.isUnderlined = true
    else if (code === 7) next.isInverse = true
    else if (code === 22) {
      delete next.isBold
      delete next.isDim
    } else if (code === 23) delete next.isItalic
    else if (code === 24) delete next.isUnderlined
    else if (code === 27) delete next.isInverse
    else if (code >= 30 && code <= 37) next.color = code - 30
    else if (code >= 90 && code <= 97) next.color = code - 82
    else if (code >= 40 && code <= 47) next.background = code - 40
    else if (code >= 100 && code <= 107) next.background = code - 92
    else if (code === 39) delete next.color
    else if (code === 49) delete next.background
    else if (code === 38 || code === 48) {
      const [color, taken] = extendedColor(codes, at)
      at += taken
      if (color !== undefined) next[code === 38 ? 'color' : 'background'] = color
    }
  }
  return next
}

/** A line as a terminal leaves it: what stands before a lone carriage return was painted over. */
function afterReturns(line: string): string {
  const bare = line.endsWith('\r') ? line.slice(0, -1) : line
  return bare.slice(bare.lastIndexOf('\r') + 1)
}

/** Splits a command's output into lines of styled segments; a style lasts over line ends until it is changed. */
export function parseAnsi(text: string): AnsiSegment[][] {
  let style: AnsiStyle = {}
  return text.split('\n').map((whole) => {
    const line = afterReturns(whole)
    const segments: AnsiSegment[] = []
    let from = 0
    const push = (to: number) => {
      if (to > from) segments.push({ text: line.slice(from, to), style })
    }
    for (const match of line.matchAll(escapes)) {
      push(match.index)
      if (match[2] === 'm') style = applySgr(style, match[1] ?? '')
      from = match.index + match[0].length
    }
    push(line.length)
    return segments
  })
}

/** The text of a line without its colours. */
export const plainLine = (segments: readonly AnsiSegment[]): string =>
  segments.map((segment) => segment.text).join('')
