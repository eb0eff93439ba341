import type { FileDiffMetadata } from '@pierre/diffs'
import type { FileChange } from '@sluice/contract/review'
import type { Task } from '@sluice/contract/task'
import { useEffect, useRef, useState } from 'react'
import { client } from '../../app/api.ts'
import { problemOf } from '../../ui/problem.ts'
import { readPatch } from './read-patch.ts'

/** As many patches at a time; the rest wait, the newest asked for first. */
const AT_ONCE = 4

export type Patch =
  | { state: 'ready'; diff: FileDiffMetadata }
  | { state: 'none'; reason: string }
  | { state: 'large' }
  | { state: 'failed'; message: string }

export interface Patches {
  byPath: ReadonlyMap<string, Patch>
  /** Asks for a file's patch; asking again does nothing, unless it failed or `force` asks for a large one. */
  request: (file: FileChange, force?: boolean) => void
}

/**
 * The patches of a change, each fetched when its file comes near the view. Mount under a key of the tree and of the
 * whitespace switch: other patches are another store.
 */
export function usePatches(taskId: Task['id'], treeId: string, ignoreWhitespace: boolean): Patches {
  const [byPath, setByPath] = useState<ReadonlyMap<string, Patch>>(new Map())
  const store = useRef({
    asked: new Set<string>(),
    waiting: [] as { file: FileChange; force: boolean }[],
    running: 0,
    stop: new AbortController(),
  })

  useEffect(() => {
    const own = store.current
    // Mounted twice in development: the second mount starts afresh.
    own.stop = new AbortController()
    own.asked.clear()
    return () => own.stop.abort()
  }, [])

  function settle(path: string, patch: Patch): void {
    setByPath((before) => new Map(before).set(path, patch))
  }

  async function fetchOne(file: FileChange, force: boolean): Promise<void> {
    const { stop, asked } = store.current
    const { path } = file
    try {
      const answer = await client.review.patch(
        { taskId, path, ignoreWhitespace, force },
        { signal: stop.signal },
      )
      if (answer.isBinary) settle(path, { state: 'none', reason: 'Binary file' })
      else if (answer.isTooLarge && answer.patch === '') settle(path, { state: 'large' })
      else {
        const diff = readPatch(answer.patch, file, `${treeId}:${ignoreWhitespace}:${path}`)
        const reason = ignoreWhitespace ? 'Only white space changed' : 'No changed lines'
        settle(path, diff === null ? { state: 'none', reason } : { state: 'ready', diff })
      }
    } catch (cause) {
      if (stop.signal.aborted) return
      asked.delete(path)
      settle(path, { state: 'failed', message: problemOf(cause).message })
    }
  }

  function next(): void {
    const own = store.current
    if (own.running >= AT_ONCE) return
    const one = own.waiting.pop()
    if (one === undefined) return
    own.running++
    void fetchOne(one.file, one.force).finally(() => {
      own.running--
      next()
    })
    next()
  }

  return {
    byPath,
    request(file, force = false) {
      const { asked, waiting } = store.current
      const { path } = file
      if (asked.has(path) && !force) return
      asked.add(path)
      waiting.push({ file, force })
      next()
    },
  }
}
