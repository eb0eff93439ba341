import { z } from 'zod'
import { GateStatus } from './gate.ts'
import {
  CheckpointId,
  GateResultId,
  MessageId,
  RunId,
  SessionId,
  TaskId,
  WorkspaceId,
} from './ids.ts'
import { CostMicros, Timestamp } from './paging.ts'
import { Actor } from './people.ts'
import { ScanState } from './repository.ts'
import { RunStatus } from './run.ts'
import { SessionStatus } from './session.ts'
import { Landing, TaskFailure, TaskStatus } from './task.ts'

const ofTask = { taskId: TaskId }
const taskChanged = z.object({
  ...ofTask,
  sessionId: SessionId,
  status: TaskStatus,
  detail: z.string(),
  round: z.number().int(),
  failure: TaskFailure.nullable(),
})
const sessionChanged = z.object({
  sessionId: SessionId,
  status: SessionStatus,
  title: z.string(),
  problem: z.string().nullable(),
})
const runChanged = z.object({ runId: RunId, kind: z.string(), status: RunStatus })

export const PlanItem = z.object({
  text: z.string(),
  status: z.enum(['pending', 'in_progress', 'completed']),
})
export type PlanItem = z.infer<typeof PlanItem>

export const ToolStatus = z.enum(['ok', 'error', 'cancelled'])

/**
 * The vocabulary of the event log: each type with the shape of its payload. Payloads carry
 * what a timeline shows; states that depend on who looks (such as what the caller may do)
 * are read again from the API when a `*.changed` arrives.
 */
export const eventPayloads = {
  'session.created': sessionChanged,
  'session.changed': sessionChanged,
  'task.created': z.object({
    ...ofTask,
    sessionId: SessionId,
    number: z.number().int(),
    prompt: z.string(),
  }),
  'task.changed': taskChanged,

  // A message may start again after a crash: a higher attempt replaces the text of the lower one.
  'message.started': z.object({ ...ofTask, messageId: MessageId, attempt: z.number().int() }),
  'message.text': z.object({
    messageId: MessageId,
    kind: z.enum(['text', 'reasoning']),
    text: z.string(),
  }),
  'message.ended': z.object({ messageId: MessageId }),
  'tool.started': z.object({
    ...ofTask,
    toolCallId: z.string(),
    attempt: z.number().int(),
    name: z.string(),
    title: z.string().describe('Such as `Run pnpm test`'),
    input: z.unknown(),
  }),
  'tool.output': z.object({ toolCallId: z.string(), text: z.string() }),
  'tool.ended': z.object({
    toolCallId: z.string(),
    status: ToolStatus,
    summary: z.string().describe('Such as `Ran pnpm test · exit 1 · 8.2 s`'),
    output: z.string(),
    artifactId: z.string().nullable().describe('Where the whole output is kept when it was cut'),
    exitCode: z.number().int().nullable(),
    durationMs: z.number().int(),
  }),
  'plan.changed': z.object({ ...ofTask, items: z.array(PlanItem) }),
  'usage.added': z.object({
    ...ofTask,
    modelId: z.string(),
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
    costMicros: CostMicros,
    durationMs: z.number().int().optional().describe('Time that the model took'),
  }),
  'context.compacted': z.object({
    ...ofTask,
    messagesBefore: z.number().int(),
    messagesAfter: z.number().int(),
  }),
  'checkpoint.made': z.object({
    taskId: TaskId.nullable(),
    checkpointId: CheckpointId,
    treeId: z.string(),
    label: z.string(),
  }),
  'gate.started': z.object({
    taskId: TaskId.nullable(),
    gateResultId: GateResultId,
    name: z.string(),
    command: z.string(),
    round: z.number().int(),
    position: z.number().int(),
    total: z.number().int(),
  }),
  'gate.output': z.object({ gateResultId: GateResultId, text: z.string() }),
  'gate.ended': z.object({
    gateResultId: GateResultId,
    status: GateStatus,
    exitCode: z.number().int().nullable(),
    durationMs: z.number().int().nullable(),
    treeId: z.string(),
  }),
  'decision.made': z.object({
    ...ofTask,
    decision: z.enum([
      'approved',
      'rejected',
      'changes_requested',
      'rejection_undone',
      'cancelled',
    ]),
    reason: z.string().nullable(),
  }),
  'commit.made': z.object({
    ...ofTask,
    commit: z.string(),
    branch: z.string(),
    treeId: z.string(),
  }),
  'landing.changed': z.object({ ...ofTask, landing: Landing }),
  'comments.changed': z.object({ ...ofTask }),
  notice: z.object({ level: z.enum(['info', 'warning', 'error']), text: z.string() }),

  'repository.changed': z.object({ repositoryId: z.string() }),
  'repository.progress': z.object({
    repositoryId: z.string(),
    phase: z.string(),
    percent: z.number().nullable(),
    text: z.string().describe('Such as `Receiving objects: 43 %, 12 MB/s`'),
  }),
  'scan.changed': ScanState.omit({ found: true }).extend({ foundCount: z.number().int() }),
  'gates.changed': z.object({ repositoryId: z.string() }),
  'settings.changed': z.object({}),
  'providers.changed': z.object({}),
  'people.changed': z.object({}),

  'run.changed': runChanged,
  'run.log': z.object({ message: z.string(), data: z.unknown().optional() }),
  'step.started': z.object({
    position: z.number().int(),
    name: z.string(),
    attempt: z.number().int(),
  }),
  'step.completed': z.object({
    position: z.number().int(),
    name: z.string(),
    durationMs: z.number().int(),
  }),
  'step.failed': z.object({
    position: z.number().int(),
    name: z.string(),
    attempt: z.number().int(),
    message: z.string(),
    willRetryInMs: z.number().int().nullable(),
  }),
} satisfies Record<string, z.ZodType>

export type EventType = keyof typeof eventPayloads
export const eventTypes = Object.keys(eventPayloads) as [EventType, ...EventType[]]
export type EventPayload<T extends EventType> = z.infer<(typeof eventPayloads)[T]>

/** An event as a feature writes it; the log gives it its place. */
export type NewEvent = { [T in EventType]: { type: T; payload: EventPayload<T> } }[EventType]

/** `session:<id>`, `run:<id>`, `project:<id>` or `workspace:<id>`. */
export const StreamName = z
  .string()
  .regex(
    /^(session|run|project|workspace):[a-z]{3}_[0-9a-f]{32}$/,
    'must be `session:<id>`, `run:<id>` or `workspace:<id>`',
  )
export type StreamName = z.infer<typeof StreamName>

/** An event as it stands in the log. `seq` counts from 1 within its stream, without gaps. */
export const EventEnvelope = z.object({
  workspaceId: WorkspaceId,
  stream: StreamName,
  seq: z.number().int().min(1),
  type: z.enum(eventTypes),
  payload: z.unknown(),
  actor: Actor,
  at: Timestamp,
})
export type EventEnvelope = z.infer<typeof EventEnvelope>

/** An envelope with its payload's type narrowed by `type`. */
export type StreamEvent = {
  [T in EventType]: Omit<EventEnvelope, 'type' | 'payload'> & { type: T; payload: EventPayload<T> }
}[EventType]
