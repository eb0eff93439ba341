import { useState } from 'react'
import type { ReviewView } from './review-toolbar.tsx'

const KEY = 'sluice.review'
/** Narrower than this, two columns of code are too narrow to read. */
const SPLIT_FROM_PX = 1100

function initial(): ReviewView {
  const isWide = window.innerWidth >= SPLIT_FROM_PX * 1.5
  const fresh: ReviewView = {
    style: isWide ? 'split' : 'unified',
    ignoreWhitespace: false,
    isTreeShown: window.innerWidth >= SPLIT_FROM_PX,
  }
  try {
    return { ...fresh, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<ReviewView>) }
  } catch {
    // Settings that cannot be read are no settings.
    return fresh
  }
}

/** How this person looks at diffs, kept by this browser; on a phone the tree starts folded whatever was kept. */
export function useReviewView(): [ReviewView, (view: ReviewView) => void] {
  const [view, setView] = useState(() =>
    window.innerWidth < 640
      ? { ...initial(), style: 'unified' as const, isTreeShown: false }
      : initial(),
  )
  return [
    view,
    (next) => {
      setView(next)
      localStorage.setItem(KEY, JSON.stringify(next))
    },
  ]
}
