import { useState } from 'react'

const PREFIX = 'sluice.viewed.'
const KEPT = 30

function read(treeId: string): Set<string> {
  try {
    const paths: unknown = JSON.parse(localStorage.getItem(PREFIX + treeId) ?? '[]')
    return new Set(Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [])
  } catch {
    // What cannot be read counts as nothing viewed.
    return new Set()
  }
}

/** Old trees are nobody's to read again; the newest few are kept. */
function forgetOld(): void {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))
  for (const key of keys.slice(0, Math.max(0, keys.length - KEPT))) localStorage.removeItem(key)
}

/**
 * Which files of a tree somebody has ticked off. The marks belong to the tree: another tree starts without any.
 * Mount the user under a key of the tree.
 */
export function useViewed(
  treeId: string,
): [viewed: ReadonlySet<string>, toggle: (path: string) => boolean] {
  const [viewed, setViewed] = useState(() => read(treeId))
  return [
    viewed,
    (path) => {
      const next = new Set(viewed)
      const isViewed = !next.delete(path)
      if (isViewed) next.add(path)
      setViewed(next)
      try {
        forgetOld()
        localStorage.setItem(PREFIX + treeId, JSON.stringify([...next]))
      } catch {
        // Storage is full: the marks hold until the page is left.
      }
      return isViewed
    },
  ]
}
