import type { WorkspaceSettings } from '@sluice/contract/settings'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const workspaceSettings = pgTable('workspace_settings', {
  workspaceId: text('workspace_id').primaryKey(),
  settings: jsonb('settings').$type<Partial<WorkspaceSettings>>().notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
})
