import type { Comment, CommentInput } from '@sluice/contract/review'
import type { FileDiffMetadata, SelectedLineRange } from '@pierre/diffs'

export type Side = Comment['side']

/** Lines that somebody comments on. */
export interface Range {
  path: string
  side: Side
  startLine: number
  endLine: number
}

/** Whether a line of a side is among the lines that the diff shows. */
export function isShown(
  diff: Pick<FileDiffMetadata, 'hunks' | 'isPartial'>,
  side: Side,
  line: number,
): boolean {
  if (!diff.isPartial) return true
  return diff.hunks.some((hunk) => {
    const start = side === 'new' ? hunk.additionStart : hunk.deletionStart
    const count = side === 'new' ? hunk.additionCount : hunk.deletionCount
    return line >= start && line < start + count
  })
}

/** The lines of a comment where they stand now; where they stood when they are gone. */
export function currentRange(comment: Comment): Pick<Comment, 'side' | 'startLine' | 'endLine'> {
  const { side, startLine, endLine, currentLine } = comment
  if (currentLine === null) return { side, startLine, endLine }
  return { side, startLine: currentLine, endLine: currentLine + endLine - startLine }
}

/**
 * The line under which a comment stands: the last of its lines where they are now; 0, above the file's first line,
 * where they are gone or not shown.
 */
export function lineOf(
  comment: Comment,
  diff: Pick<FileDiffMetadata, 'hunks' | 'isPartial'>,
): number {
  const { endLine, side } = currentRange(comment)
  return !comment.isStale && isShown(diff, side, endLine) ? endLine : 0
}

/** What was selected, as lines of one side: of a selection over both sides, the side where it ended. */
export function rangeOf(path: string, selected: SelectedLineRange): Range {
  const sideOf = (side: SelectedLineRange['side']): Side => (side === 'deletions' ? 'old' : 'new')
  const endSide = selected.endSide ?? selected.side
  if (endSide !== selected.side)
    return { path, side: sideOf(endSide), startLine: selected.end, endLine: selected.end }
  return {
    path,
    side: sideOf(selected.side),
    startLine: Math.min(selected.start, selected.end),
    endLine: Math.max(selected.start, selected.end),
  }
}

/** A place in a diff where something changes. */
export interface ChangePlace {
  side: Side
  startLine: number
  endLine: number
}

/** The blocks of changed lines of a file, first to last: what N and P go through. */
export function changesOf(diff: Pick<FileDiffMetadata, 'hunks'>): ChangePlace[] {
  return diff.hunks.flatMap((hunk) =>
    hunk.hunkContent.flatMap((content): ChangePlace[] => {
      if (content.type !== 'change') return []
      if (content.additions > 0) {
        const startLine = hunk.additionStart + content.additionLineIndex - hunk.additionLineIndex
        return [{ side: 'new', startLine, endLine: startLine + content.additions - 1 }]
      }
      const startLine = hunk.deletionStart + content.deletionLineIndex - hunk.deletionLineIndex
      return [{ side: 'old', startLine, endLine: startLine + content.deletions - 1 }]
    }),
  )
}

/** `line 4`, `lines 4–9`, with the side where it is the old one. */
export function rangeText(range: Pick<CommentInput, 'side' | 'startLine' | 'endLine'>): string {
  const lines =
    range.startLine === range.endLine
      ? `line ${range.startLine}`
      : `lines ${range.startLine}–${range.endLine}`
  return range.side === 'old' ? `${lines} before the change` : lines
}
