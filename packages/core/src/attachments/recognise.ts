import { maxAttachedTextBytes } from '@sluice/contract/attachment'

/** Images that every vision model takes, by their first bytes (the formats' own signatures). */
const signatures: readonly { type: string; matches: (bytes: Buffer) => boolean }[] = [
  {
    type: 'image/png',
    matches: (bytes) => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')),
  },
  {
    type: 'image/jpeg',
    matches: (bytes) => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')),
  },
  { type: 'image/gif', matches: (bytes) => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)) },
  {
    type: 'image/webp',
    matches: (bytes) =>
      bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
  },
]

export const textType = 'text/plain; charset=utf-8'

/** What bytes are, going by themselves: a name and a claimed type can say anything. Undefined for what no model reads. */
export function recognise(bytes: Buffer): string | undefined {
  const image = signatures.find(({ matches }) => matches(bytes))
  if (image !== undefined) return image.type
  if (bytes.length > maxAttachedTextBytes || bytes.includes(0)) return undefined
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return textType
  } catch {
    return undefined
  }
}

// Control characters, and those that turn the direction of writing: a name could show another ending than it has.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const misleading = /[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/** The last part of a path, without what could mislead whoever reads or saves it. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? ''
  const clean = last.replace(misleading, ' ').trim()
  return clean === '' || clean === '.' || clean === '..' ? 'attachment' : clean.slice(-200)
}
