import { useEffect, useState } from 'react'
import { onWorkspaceEvent } from '../../app/live.ts'

export interface Progress {
  text: string
  percent: number | null
}

/** What clones that run say at this moment, by repository: told by events, kept nowhere. */
export function useCloneProgress(): ReadonlyMap<string, Progress> {
  const [progress, setProgress] = useState<ReadonlyMap<string, Progress>>(new Map())
  useEffect(
    () =>
      onWorkspaceEvent((event) => {
        if (event.type === 'repository.progress') {
          const { repositoryId, text, percent } = event.payload
          setProgress((known) => new Map(known).set(repositoryId, { text, percent }))
        }
      }),
    [],
  )
  return progress
}
