import type { CommentId, TaskId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { Comment } from '@sluice/contract/review'
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const comments = pgTable('comments', {
  id: text('id').$type<CommentId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  taskId: text('task_id').$type<TaskId>().notNull(),
  path: text('path').notNull(),
  side: text('side').$type<Comment['side']>().notNull(),
  startLine: integer('start_line').notNull(),
  endLine: integer('end_line').notNull(),
  body: text('body').notNull(),
  treeId: text('tree_id').notNull(),
  hunk: text('hunk').notNull(),
  status: text('status').$type<Comment['status']>().notNull(),
  author: jsonb('author').$type<Actor>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
})
export type CommentRow = typeof comments.$inferSelect
