import type { EventPayload, EventType, StreamEvent } from '@sluice/contract/events'
import type { CheckpointId, GateResultId, MessageId, SessionId, TaskId } from '@sluice/contract/ids'

const hex = (n: number) => n.toString(16).padStart(32, '0')
export const sessionId = `ses_${hex(1)}` as SessionId
export const taskIdOf = (n: number) => `tsk_${hex(n)}` as TaskId
export const messageIdOf = (n: number) => `msg_${hex(n)}` as MessageId
export const gateIdOf = (n: number) => `grs_${hex(n)}` as GateResultId
export const checkpointIdOf = (n: number) => `chk_${hex(n)}` as CheckpointId

export type Said = { [T in EventType]: [T, EventPayload<T>] }[EventType]

/** Envelopes for what was said, counted from `from`. */
export function eventsOf(said: readonly Said[], from = 1): StreamEvent[] {
  return said.map(([type, payload], index) => ({
    workspaceId: `wks_${hex(1)}` as StreamEvent['workspaceId'],
    stream: `session:${sessionId}`,
    seq: from + index,
    type,
    payload,
    actor: { type: 'user' as const, id: 'usr_1', name: 'Ada' },
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, from + index)).toISOString(),
  })) as StreamEvent[]
}

export const created = (n: number, prompt = `prompt ${n}`): Said => [
  'task.created',
  { taskId: taskIdOf(n), sessionId, number: n, prompt },
]
export const changed = (
  n: number,
  status: EventPayload<'task.changed'>['status'],
  detail = '',
): Said => [
  'task.changed',
  { taskId: taskIdOf(n), sessionId, status, detail, round: 0, failure: null },
]
export const started = (n: number, attempt = 1): Said => [
  'message.started',
  { taskId: taskIdOf(1), messageId: messageIdOf(n), attempt },
]
export const text = (n: number, words: string, kind: 'text' | 'reasoning' = 'text'): Said => [
  'message.text',
  { messageId: messageIdOf(n), kind, text: words },
]
