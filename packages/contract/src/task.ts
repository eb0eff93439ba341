import { z } from 'zod'
import { Attachment } from './attachment.ts'
import { GateResult } from './gate.ts'
import { RepositoryId, RunId, SessionId, TaskId } from './ids.ts'
import { CostMicros, Timestamp } from './paging.ts'
import { Actor } from './people.ts'

/**
 * ```
 * pending → pre_flight → running → waiting_qa → qa_running ─┬→ waiting_approval → approved → completed
 *              │            │                    ▲          └→ qa_failed ─(fix round)─┐
 *              │            └→ completed (no change)       └──────── running ◄────────┘
 * any before approved → cancelled; waiting_approval | qa_failed → rejected; any → failed
 * ```
 * `interrupted` is a task whose turn was cut and which a person may continue.
 */
export const TaskStatus = z.enum([
  'pending',
  'pre_flight',
  'running',
  'waiting_qa',
  'qa_running',
  'qa_failed',
  'waiting_approval',
  'approved',
  'completed',
  'rejected',
  'cancelled',
  'interrupted',
  'failed',
])
export type TaskStatus = z.infer<typeof TaskStatus>

/** Why a task failed or was interrupted. */
export const TaskFailureCode = z.enum([
  'repository_missing',
  'repository_busy',
  'no_commit',
  'no_disk_room',
  'sandbox_unavailable',
  'provider_unavailable',
  'provider_auth',
  'provider_error',
  'recording_mismatch',
  'turn_limit',
  'token_limit',
  'cost_limit',
  'time_limit',
  'overlaps_user_edits',
  'merge_conflict',
  'commit_failed',
  'agent_error',
  'internal',
])
export type TaskFailureCode = z.infer<typeof TaskFailureCode>

/** What the caller can do with a task in its present state and with the caller's role. */
export const TaskActions = z.object({
  cancel: z.boolean(),
  retry: z.boolean(),
  continue: z.boolean(),
  approve: z.boolean(),
  commit: z.boolean(),
  reject: z.boolean(),
  requestChanges: z.boolean(),
  undoReject: z.boolean(),
  editMessage: z.boolean(),
  rerunGates: z.boolean(),
  merge: z.boolean(),
  push: z.boolean(),
  revert: z.boolean(),
})
export type TaskActions = z.infer<typeof TaskActions>

export const TaskFailure = z.object({ code: TaskFailureCode, message: z.string() })
export type TaskFailure = z.infer<typeof TaskFailure>

/** What stands for review and would be committed, exactly. */
export const ReviewedChange = z.object({
  baseCommit: z.string(),
  treeId: z.string(),
  files: z.number().int(),
  additions: z.number().int(),
  deletions: z.number().int(),
  touchesGates: z
    .array(z.object({ gate: z.string(), path: z.string(), reason: z.string() }))
    .describe('Where the change touches what a gate runs: its script, its config, its tests'),
})
export type ReviewedChange = z.infer<typeof ReviewedChange>

export const Landing = z.object({
  merge: z.enum(['none', 'merged', 'failed']),
  push: z.enum(['none', 'pushing', 'pushed', 'failed']),
  problem: z.string().nullable(),
})
export type Landing = z.infer<typeof Landing>

export const Task = z.object({
  id: TaskId,
  sessionId: SessionId,
  repositoryId: RepositoryId,
  number: z.number().int().describe('Counts within the session, from 1'),
  position: z.number().int().describe('Orders the tasks that wait in the queue'),
  prompt: z.string(),
  attachments: z.array(Attachment),
  status: TaskStatus,
  statusSince: Timestamp,
  detail: z.string().describe('What is happening now, such as "Gate 2 of 4: tests"'),
  failure: TaskFailure.nullable(),
  round: z.number().int(),
  maxRounds: z.number().int(),
  runId: RunId.nullable(),
  change: ReviewedChange.nullable(),
  message: z.string().nullable().describe('The commit message as it stands'),
  branch: z.string().nullable().describe('Where the commit goes or went'),
  commit: z.string().nullable(),
  landing: Landing,
  rejectReason: z.string().nullable(),
  gates: z.array(GateResult).describe('The newest round'),
  costMicros: CostMicros,
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  turns: z.number().int(),
  createdBy: Actor,
  decidedBy: Actor.nullable(),
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
  actions: TaskActions,
})
export type Task = z.infer<typeof Task>

export const Prompt = z
  .string()
  .max(1_000_000, 'must be at most 1,000,000 characters')
  .refine((text) => text.trim() !== '', 'must not be empty')
export const CommitMessage = z
  .string()
  .max(20_000)
  .refine((text) => text.trim() !== '', 'must not be empty')
