import type { ItemOf, Timeline, TimelineItem, TimelineTask } from './timeline-types.ts'

/** What a gate or a tool printed is kept whole elsewhere; the timeline holds its newest part. */
const KEPT_OUTPUT = 100_000

/** The newest part of an output. */
export const tail = (text: string): string =>
  text.length > KEPT_OUTPUT ? text.slice(-KEPT_OUTPUT) : text

/** A timeline that is being written to: copied once per batch, handed out as a value afterwards. */
export class Draft {
  readonly items: TimelineItem[]
  readonly index: Map<string, number>
  readonly tasks: Map<string, TimelineTask>
  cursor: number
  sessionStatus: string | null

  constructor(from: Timeline) {
    this.items = [...from.items]
    this.index = new Map(from.index)
    this.tasks = new Map(from.tasks)
    this.cursor = from.cursor
    this.sessionStatus = from.sessionStatus
  }

  find<K extends TimelineItem['kind']>(id: string, kind: K): ItemOf<K> | undefined {
    const item = this.items[this.index.get(id) ?? -1]
    return item?.kind === kind ? (item as ItemOf<K>) : undefined
  }

  /** Replaces the item of this id where it stands, or adds it at the end. */
  put(item: TimelineItem): void {
    const at = this.index.get(item.id)
    if (at === undefined) {
      this.index.set(item.id, this.items.length)
      this.items.push(item)
    } else this.items[at] = item
  }

  /** A prompt stands where its task begins, not where it was queued. */
  place(taskId: string | null, at: string): void {
    const task = taskId === null ? undefined : this.tasks.get(taskId)
    if (taskId === null || task === undefined || task.isPlaced) return
    this.tasks.set(taskId, { ...task, isPlaced: true })
    const { number, prompt, actor } = task
    this.put({ kind: 'prompt', id: `prompt:${taskId}`, at, taskId, number, prompt, actor })
  }
}
