import type { RepositoryId, RunId } from '@sluice/contract/ids'
import type {
  FoundRepository,
  Repository,
  RepositoryStatus,
  SandboxProviderName,
  ScanState,
} from '@sluice/contract/repository'
import { boolean, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const repositories = pgTable('repositories', {
  id: text('id').$type<RepositoryId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  name: text('name').notNull(),
  path: text('path').notNull(),
  url: text('url'),
  kind: text('kind').$type<Repository['kind']>().notNull(),
  state: text('state').$type<Repository['state']>().notNull(),
  problem: text('problem'),
  defaultBranch: text('default_branch'),
  sandboxProvider: text('sandbox_provider').$type<SandboxProviderName>(),
  status: jsonb('status').$type<RepositoryStatus>(),
  isSample: boolean('is_sample').notNull().default(false),
  cloneRunId: text('clone_run_id').$type<RunId>(),
  lastTaskAt: timestamp('last_task_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})
export type RepositoryRow = typeof repositories.$inferSelect

export const repositoryScans = pgTable('repository_scans', {
  workspaceId: text('workspace_id').primaryKey(),
  runId: text('run_id').$type<RunId>().notNull(),
  state: text('state').$type<ScanState['state']>().notNull(),
  roots: jsonb('roots').$type<string[]>().notNull(),
  foldersVisited: integer('folders_visited').notNull().default(0),
  found: jsonb('found').$type<FoundRepository[]>().notNull().default([]),
  problem: text('problem'),
  startedAt: timestamp('started_at', { withTimezone: true }).notNull(),
  endedAt: timestamp('ended_at', { withTimezone: true }),
})
