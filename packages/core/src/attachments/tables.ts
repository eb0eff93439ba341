import type { AttachmentId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import { bigint, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** Their bytes lie in the data folder under the same id. */
export const attachments = pgTable('attachments', {
  id: text('id').$type<AttachmentId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  name: text('name').notNull(),
  contentType: text('content_type').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdBy: jsonb('created_by').$type<Actor>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
})
