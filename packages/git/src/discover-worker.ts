/** Thread entry: walks, reports progress, hands back the result. */

import { parentPort, workerData } from 'node:worker_threads'
import { walkRoots } from './discover-walk.ts'
import type { WalkInput } from './discover-walk.ts'

if (parentPort === null) throw new Error('discover-worker runs as a worker thread only')
const port = parentPort
const result = walkRoots({
  ...(workerData as Omit<WalkInput, 'onProgress'>),
  onProgress: (progress) => port.postMessage({ progress }),
})
port.postMessage({ result })
