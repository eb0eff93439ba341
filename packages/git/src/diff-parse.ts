/** Reads `git diff-tree -r -z --raw --numstat` (format: git-diff-tree(1), "Raw output format"). Pure. */

import { pathFromBytes, splitNul } from './path-text.ts'
import type { ChangedFile, ChangeStatus, Oid } from './types.ts'

export type RawChange = Pick<
  ChangedFile,
  'status' | 'path' | 'oldPath' | 'oldMode' | 'newMode' | 'oldOid' | 'newOid' | 'similarity'
>

export type LineCounts = Pick<ChangedFile, 'additions' | 'deletions' | 'isBinary'>

/** The raw part, and the fields that follow it. */
export function readRaw(output: Buffer): { entries: RawChange[]; rest: Buffer[] } {
  const fields = splitNul(output)
  const entries: RawChange[] = []
  let at = 0
  while (at < fields.length && fields[at]?.[0] === 0x3a) {
    const [oldMode = '', newMode = '', oldOid = '', newOid = '', code = ''] = (
      fields[at]?.toString('latin1') ?? ''
    )
      .slice(1)
      .split(' ')
    const status = code.charAt(0) as ChangeStatus
    const isTwoPaths = status === 'R' || status === 'C'
    const first = pathFromBytes(fields[at + 1] ?? Buffer.alloc(0))
    entries.push({
      status,
      path: isTwoPaths ? pathFromBytes(fields[at + 2] ?? Buffer.alloc(0)) : first,
      oldPath: isTwoPaths ? first : null,
      oldMode: isZero(oldMode) ? null : oldMode,
      newMode: isZero(newMode) ? null : newMode,
      oldOid: isZero(oldOid) ? null : (oldOid satisfies Oid),
      newOid: isZero(newOid) ? null : newOid,
      similarity: isTwoPaths ? Number(code.slice(1)) : null,
    })
    at += isTwoPaths ? 3 : 2
  }
  return { entries, rest: fields.slice(at) }
}

/** `additions \t deletions \t path`, or for renames an empty path and then old and new path as fields. */
export function readNumstat(fields: readonly Buffer[]): Map<string, LineCounts> {
  const counts = new Map<string, LineCounts>()
  for (let at = 0; at < fields.length;) {
    const line = fields[at] ?? Buffer.alloc(0)
    const firstTab = line.indexOf(9)
    const secondTab = line.indexOf(9, firstTab + 1)
    const added = line.toString('latin1', 0, firstTab)
    const removed = line.toString('latin1', firstTab + 1, secondTab)
    const isBinary = added === '-'
    const isTwoPaths = secondTab === line.length - 1
    const path = isTwoPaths ? (fields[at + 2] ?? Buffer.alloc(0)) : line.subarray(secondTab + 1)
    counts.set(pathFromBytes(path), {
      additions: isBinary ? 0 : Number(added),
      deletions: isBinary ? 0 : Number(removed),
      isBinary,
    })
    at += isTwoPaths ? 3 : 1
  }
  return counts
}

function isZero(text: string): boolean {
  return /^0+$/.test(text)
}
