import type { EventPayload, PlanItem } from '@sluice/contract/events'
import type { GateStatus } from '@sluice/contract/gate'
import type { Actor } from '@sluice/contract/people'
import type { TaskFailure, TaskStatus } from '@sluice/contract/task'

interface Base {
  /** Stable over the life of the timeline. */
  id: string
  at: string
  taskId: string | null
}

export interface MessagePart {
  kind: 'text' | 'reasoning'
  text: string
}

export interface TimelineGate {
  id: string
  name: string
  command: string
  position: number
  total: number
  status: GateStatus
  exitCode: number | null
  durationMs: number | null
  /** The newest part of what it printed. */
  output: string
}

export interface ToolItem extends Base {
  kind: 'tool'
  attempt: number
  name: string
  title: string
  input: unknown
  output: string
  status: 'running' | EventPayload<'tool.ended'>['status']
  summary: string | null
  artifactId: string | null
  exitCode: number | null
  durationMs: number | null
}

/** One line or block of the timeline. */
export type TimelineItem =
  | (Base & { kind: 'prompt'; number: number; prompt: string; actor: Actor })
  | (Base & { kind: 'message'; attempt: number; parts: MessagePart[]; isEnded: boolean })
  | ToolItem
  | (Base & { kind: 'plan'; items: PlanItem[] })
  | (Base & { kind: 'gates'; round: number; gates: TimelineGate[] })
  | (Base & { kind: 'checkpoint'; checkpointId: string; treeId: string; label: string })
  | (Base & {
      kind: 'decision'
      decision: EventPayload<'decision.made'>['decision']
      reason: string | null
      actor: Actor
    })
  | (Base & { kind: 'commit'; commit: string; branch: string; treeId: string })
  | (Base & {
      kind: 'outcome'
      status: TaskStatus
      detail: string
      failure: TaskFailure | null
      round: number
    })
  | (Base & {
      kind: 'notice'
      level: 'info' | 'warning' | 'error'
      text: string
      actor: Actor | null
    })

export type ItemOf<K extends TimelineItem['kind']> = Extract<TimelineItem, { kind: K }>

export interface TimelineTask {
  number: number
  prompt: string
  status: TaskStatus
  actor: Actor
  at: string
  isPlaced: boolean
}

/** The timeline as the events up to `cursor` make it. */
export interface Timeline {
  cursor: number
  items: TimelineItem[]
  /** Where each item stands, by id. */
  index: ReadonlyMap<string, number>
  tasks: ReadonlyMap<string, TimelineTask>
  sessionStatus: string | null
}
