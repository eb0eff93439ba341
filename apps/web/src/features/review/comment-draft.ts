import { useState } from 'react'
import type { Range } from './comments.logic.ts'

export interface CommentDraft {
  range: Range
  text: string
}

const keyOf = (taskId: string) => `sluice.draft.comment.${taskId}`

function read(taskId: string): CommentDraft | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(taskId)) ?? 'null') as CommentDraft | null
  } catch {
    // A draft that cannot be read is none.
    return null
  }
}

/** The comment that is being written, kept across reloads until it is saved or given up. */
export function useCommentDraft(
  taskId: string,
): [CommentDraft | null, (draft: CommentDraft | null) => void] {
  const [draft, setDraft] = useState(() => read(taskId))
  return [
    draft,
    (next) => {
      setDraft(next)
      try {
        if (next === null) localStorage.removeItem(keyOf(taskId))
        else localStorage.setItem(keyOf(taskId), JSON.stringify(next))
      } catch {
        // Storage is full: the comment still stands in its field, it only does not outlive the page.
      }
    },
  ]
}
