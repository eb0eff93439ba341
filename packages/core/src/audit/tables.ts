import type { AuditEntryId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const auditEntries = pgTable('audit_entries', {
  id: text('id').$type<AuditEntryId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  at: timestamp('at', { withTimezone: true }).notNull(),
  actor: jsonb('actor').$type<Actor>().notNull(),
  action: text('action').notNull(),
  subjectType: text('subject_type').notNull(),
  subjectId: text('subject_id').notNull(),
  details: jsonb('details').$type<Record<string, unknown>>().notNull(),
  address: text('address'),
})
