import type { InvitationId, UserId, WorkspaceId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { Role } from '@sluice/contract/roles'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const invitations = pgTable('invitations', {
  id: text('id').$type<InvitationId>().primaryKey(),
  workspaceId: text('workspace_id').$type<WorkspaceId>().notNull(),
  email: text('email').notNull(),
  role: text('role').$type<Role>().notNull(),
  tokenHash: text('token_hash').notNull(),
  status: text('status').$type<'pending' | 'accepted' | 'revoked'>().notNull(),
  invitedBy: jsonb('invited_by').$type<Actor>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  acceptedBy: text('accepted_by').$type<UserId>(),
  acceptedAt: timestamp('accepted_at', { withTimezone: true }),
})
export type InvitationRow = typeof invitations.$inferSelect
