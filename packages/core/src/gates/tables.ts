import type { GateStatus } from '@sluice/contract/gate'
import type { GateId, GateResultId, RepositoryId, RunId, TaskId } from '@sluice/contract/ids'
import { bigint, boolean, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const gates = pgTable('gates', {
  id: text('id').$type<GateId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  repositoryId: text('repository_id').$type<RepositoryId>().notNull(),
  name: text('name').notNull(),
  command: text('command').notNull(),
  timeoutSeconds: integer('timeout_seconds').notNull(),
  isBlocking: boolean('is_blocking').notNull(),
  isEnabled: boolean('is_enabled').notNull(),
  position: integer('position').notNull(),
  foundFrom: text('found_from'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})
export type GateRow = typeof gates.$inferSelect

export const gateResults = pgTable('gate_results', {
  id: text('id').$type<GateResultId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  repositoryId: text('repository_id').$type<RepositoryId>().notNull(),
  gateId: text('gate_id').$type<GateId>(),
  taskId: text('task_id').$type<TaskId>(),
  runId: text('run_id').$type<RunId>(),
  name: text('name').notNull(),
  command: text('command').notNull(),
  isBlocking: boolean('is_blocking').notNull(),
  status: text('status').$type<GateStatus>().notNull(),
  round: integer('round').notNull(),
  position: integer('position').notNull(),
  treeId: text('tree_id').notNull(),
  exitCode: integer('exit_code'),
  durationMs: integer('duration_ms'),
  outputBytes: bigint('output_bytes', { mode: 'number' }).notNull().default(0),
  outputTail: text('output_tail').notNull().default(''),
  problem: text('problem'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  startedAt: timestamp('started_at', { withTimezone: true }),
  endedAt: timestamp('ended_at', { withTimezone: true }),
})
export type GateResultRow = typeof gateResults.$inferSelect
