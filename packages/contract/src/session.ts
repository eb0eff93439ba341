import { z } from 'zod'
import { CheckpointId, ProviderId, RepositoryId, SessionId, TaskId } from './ids.ts'
import { CostMicros, Timestamp } from './paging.ts'
import { Actor } from './people.ts'
import { SandboxProviderName } from './repository.ts'
import { Task, type TaskStatus } from './task.ts'

export const SessionStatus = z.enum([
  'provisioning',
  'active',
  'paused',
  'completed',
  'abandoned',
  'failed',
])
export type SessionStatus = z.infer<typeof SessionStatus>

/** What a person does next with a session: decide something, watch, or nothing. */
export const SessionGroup = z.enum(['needs_decision', 'running', 'others'])
export type SessionGroup = z.infer<typeof SessionGroup>

/** States of a session's shown task that make the session one of a group; in any other state it is of the others. */
export const taskStatesOfGroup = {
  needs_decision: ['waiting_approval', 'qa_failed', 'interrupted', 'failed'],
  running: ['pending', 'pre_flight', 'running', 'waiting_qa', 'qa_running', 'approved'],
} as const satisfies Partial<Record<SessionGroup, readonly TaskStatus[]>>

export const WorkspaceMode = z.enum(['isolated', 'in_place'])
export type WorkspaceMode = z.infer<typeof WorkspaceMode>

/** Which agent answers, and with which model. */
export const AgentChoice = z.object({
  agent: z.literal('built_in'),
  providerId: ProviderId,
  modelId: z.string().min(1).max(200),
})
export type AgentChoice = z.infer<typeof AgentChoice>

export const Session = z.object({
  id: SessionId,
  title: z.string(),
  status: SessionStatus,
  statusSince: Timestamp,
  problem: z.string().nullable(),
  repositoryId: RepositoryId,
  repositoryName: z.string(),
  baseBranch: z.string(),
  baseCommit: z.string().nullable(),
  branch: z.string(),
  mode: WorkspaceMode,
  sandboxProvider: SandboxProviderName,
  isIsolated: z.boolean().describe('false: commands run on the host without a sandbox'),
  agent: AgentChoice,
  isRecorded: z.boolean().describe('true where a recording answers in place of a model'),
  createdBy: Actor,
  createdAt: Timestamp,
  lastActivityAt: Timestamp,
  lastActivity: z.string().describe('The last line of what happened'),
  additions: z.number().int(),
  deletions: z.number().int(),
  costMicros: CostMicros,
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  task: Task.nullable().describe('The newest task that was begun; else the first in the queue'),
  queuedTasks: z.number().int(),
  cursor: z.number().int().describe('Tail the stream `session:<id>` from here'),
})
export type Session = z.infer<typeof Session>

export const Checkpoint = z.object({
  id: CheckpointId,
  sessionId: SessionId,
  taskId: TaskId.nullable(),
  treeId: z.string(),
  label: z.string(),
  createdAt: Timestamp,
})
export type Checkpoint = z.infer<typeof Checkpoint>
