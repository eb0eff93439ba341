import { pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

export const inboxSnoozes = pgTable(
  'inbox_snoozes',
  {
    workspaceId: text('workspace_id').notNull(),
    userId: text('user_id').notNull(),
    itemId: text('item_id').notNull(),
    until: timestamp('until', { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.userId, table.itemId] })],
)
