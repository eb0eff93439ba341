import { WorkerPoolContextProvider } from '@pierre/diffs/react'
// A worker's module has no exports of its own; Vite makes the constructor.
// oxlint-disable-next-line import/default
import DiffWorker from '@pierre/diffs/worker/worker.js?worker'
import type { ReactNode } from 'react'

const pool = { workerFactory: () => new DiffWorker(), poolSize: 2, mainThreadMaxCharacters: 4000 }
const highlighter = {
  theme: { dark: 'pierre-dark', light: 'pierre-light' },
  lineDiffType: 'word-alt' as const,
}

/** Colours are worked out beside the page, not in its way. */
export function DiffWorkers({ children }: { children: ReactNode }) {
  return (
    <WorkerPoolContextProvider poolOptions={pool} highlighterOptions={highlighter}>
      {children}
    </WorkerPoolContextProvider>
  )
}
