import type { ArtifactId, TaskId } from '@sluice/contract/ids'
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** Files that a task leaves behind; their bytes lie in the data folder under the same id. */
export const artifacts = pgTable('artifacts', {
  id: text('id').$type<ArtifactId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  taskId: text('task_id').$type<TaskId>(),
  name: text('name').notNull(),
  contentType: text('content_type').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
})
