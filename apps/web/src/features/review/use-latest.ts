import { useLayoutEffect, useRef, useState } from 'react'

/** A function that stays the same and always does what the newest rendering says: for options compared by identity. */
export function useLatest<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  const latest = useRef(run)
  useLayoutEffect(() => {
    latest.current = run
  })
  const [stable] = useState(
    () =>
      (...args: A): R =>
        latest.current(...args),
  )
  return stable
}
