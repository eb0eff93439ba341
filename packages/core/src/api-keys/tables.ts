import type { ApiKeyId, UserId, WorkspaceId } from '@sluice/contract/ids'
import type { KeyScope, Role } from '@sluice/contract/roles'
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const apiKeys = pgTable('api_keys', {
  id: text('id').$type<ApiKeyId>().primaryKey(),
  workspaceId: text('workspace_id').$type<WorkspaceId>().notNull(),
  name: text('name').notNull(),
  start: text('start').notNull(),
  keyHash: text('key_hash').notNull(),
  role: text('role').$type<Role>().notNull(),
  scopes: text('scopes').array().$type<KeyScope[]>().notNull(),
  createdBy: text('created_by').$type<UserId>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  expiresAt: timestamp('expires_at', { withTimezone: true }),
  revokedAt: timestamp('revoked_at', { withTimezone: true }),
})
