import type {
  AttachmentId,
  CheckpointId,
  ProviderId,
  RepositoryId,
  RunId,
  SessionId,
  TaskId,
} from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { SandboxProviderName } from '@sluice/contract/repository'
import type { SessionStatus, WorkspaceMode } from '@sluice/contract/session'
import type { Landing, ReviewedChange, TaskFailure, TaskStatus } from '@sluice/contract/task'
import type { WorkingState } from '@sluice/git/in-place'
import type { ModelMessage } from '@sluice/llm/model'
import { bigint, boolean, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

const time = (name: string) => timestamp(name, { withTimezone: true })
const count = (name: string) => bigint(name, { mode: 'number' })

export const sessions = pgTable('sessions', {
  id: text('id').$type<SessionId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  repositoryId: text('repository_id').$type<RepositoryId>().notNull(),
  title: text('title').notNull(),
  status: text('status').$type<SessionStatus>().notNull(),
  statusSince: time('status_since').notNull(),
  problem: text('problem'),
  baseBranch: text('base_branch').notNull(),
  baseCommit: text('base_commit'),
  headCommit: text('head_commit'),
  branch: text('branch').notNull(),
  publishedCommit: text('published_commit'),
  mode: text('mode').$type<WorkspaceMode>().notNull(),
  sandboxProvider: text('sandbox_provider').$type<SandboxProviderName>().notNull(),
  providerId: text('provider_id').$type<ProviderId>().notNull(),
  modelId: text('model_id').notNull(),
  isRecorded: boolean('is_recorded').notNull(),
  carriedContext: text('carried_context'),
  cleanTree: text('clean_tree'),
  restoredTree: text('restored_tree'),
  createdBy: jsonb('created_by').$type<Actor>().notNull(),
  createdAt: time('created_at').notNull(),
  lastActivityAt: time('last_activity_at').notNull(),
  lastActivity: text('last_activity').notNull().default(''),
})
export type SessionRow = typeof sessions.$inferSelect

export const tasks = pgTable('tasks', {
  id: text('id').$type<TaskId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  sessionId: text('session_id').$type<SessionId>().notNull(),
  repositoryId: text('repository_id').$type<RepositoryId>().notNull(),
  number: integer('number').notNull(),
  position: integer('position').notNull(),
  prompt: text('prompt').notNull(),
  attachmentIds: text('attachment_ids').array().$type<AttachmentId[]>().notNull().default([]),
  status: text('status').$type<TaskStatus>().notNull(),
  statusSince: time('status_since').notNull(),
  detail: text('detail').notNull().default(''),
  failure: jsonb('failure').$type<TaskFailure>(),
  round: integer('round').notNull().default(0),
  maxRounds: integer('max_rounds').notNull(),
  runId: text('run_id').$type<RunId>(),
  baseCommit: text('base_commit'),
  baseTree: text('base_tree'),
  startTree: text('start_tree'),
  treeId: text('tree_id'),
  workingState: jsonb('working_state').$type<WorkingState>(),
  change: jsonb('change').$type<ReviewedChange>(),
  message: text('message'),
  isMessageEdited: boolean('is_message_edited').notNull().default(false),
  commitSha: text('commit_sha'),
  committedAt: time('committed_at'),
  mergeState: text('merge_state').$type<Landing['merge']>().notNull().default('none'),
  pushState: text('push_state').$type<Landing['push']>().notNull().default('none'),
  landingProblem: text('landing_problem'),
  rejectReason: text('reject_reason'),
  decision: jsonb('decision').$type<TaskDecision>(),
  history: jsonb('history').$type<ModelMessage[]>(),
  costMicros: count('cost_micros').notNull().default(0),
  hasUnknownCost: boolean('has_unknown_cost').notNull().default(false),
  inputTokens: count('input_tokens').notNull().default(0),
  outputTokens: count('output_tokens').notNull().default(0),
  turns: integer('turns').notNull().default(0),
  createdBy: jsonb('created_by').$type<Actor>().notNull(),
  decidedBy: jsonb('decided_by').$type<Actor>(),
  createdAt: time('created_at').notNull(),
  endedAt: time('ended_at'),
  movedBy: text('moved_by'),
  holdsFiles: boolean('holds_files').notNull().default(false),
  checkout: text('checkout'),
})
export type TaskRow = typeof tasks.$inferSelect

/** An approval as it was given: what the commit is made from, whenever that happens. */
export interface TaskDecision {
  kind: 'approve'
  author: { name: string; email: string }
  /** ISO time; the commit carries it, so making the commit twice makes the same one. */
  at: string
  then: 'leave' | 'merge' | 'push'
}

export const checkpoints = pgTable('checkpoints', {
  id: text('id').$type<CheckpointId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  sessionId: text('session_id').$type<SessionId>().notNull(),
  taskId: text('task_id').$type<TaskId>(),
  treeId: text('tree_id').notNull(),
  label: text('label').notNull(),
  createdAt: time('created_at').notNull(),
})
