import type { MemberId, UserId, WorkspaceId } from '@sluice/contract/ids'
import type { Role } from '@sluice/contract/roles'
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const workspaces = pgTable('workspaces', {
  id: text('id').$type<WorkspaceId>().primaryKey(),
  slug: text('slug').notNull(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
})

/** Who belongs to a workspace: the feature `members` changes it, a new workspace begins with its owner. */
export const members = pgTable('members', {
  id: text('id').$type<MemberId>().primaryKey(),
  workspaceId: text('workspace_id').$type<WorkspaceId>().notNull(),
  userId: text('user_id').$type<UserId>().notNull(),
  role: text('role').$type<Role>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
})
