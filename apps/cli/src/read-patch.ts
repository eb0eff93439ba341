import type { TaskId } from '@sluice/contract/ids'
import type { ChangeList, FileChange } from '@sluice/contract/review'
import type { Client } from '@sluice/sdk/client'
import { filePatch } from './render/diff.ts'

const atOnce = 4

export interface TaskPatch {
  changes: ChangeList
  /** All files as one patch. */
  patch: string
  /** Files whose patch was left out because it is very large. */
  leftOut: string[]
}

/** Reads a task's whole change. @throws ApiError */
export async function readPatch(
  client: Client,
  taskId: TaskId,
  options: { force?: boolean | undefined; signal?: AbortSignal | undefined } = {},
): Promise<TaskPatch> {
  const { force = false, signal } = options
  const changes = await client.review.changes({ taskId }, { signal })
  const patches: string[] = []
  const leftOut: string[] = []
  const read = async (file: FileChange) => {
    if (file.isBinary) return { file, patch: filePatch(file, { patch: '', isTooLarge: false }) }
    const answer = await client.review.patch({ taskId, path: file.path, force }, { signal })
    if (answer.isTooLarge) leftOut.push(file.path)
    return { file, patch: filePatch(file, answer) }
  }
  for (let start = 0; start < changes.files.length; start += atOnce) {
    const part = await Promise.all(changes.files.slice(start, start + atOnce).map(read))
    patches.push(...part.map(({ patch }) => patch))
  }
  return { changes, patch: patches.join(''), leftOut }
}
