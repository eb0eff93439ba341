import type { ProviderId } from '@sluice/contract/ids'
import type { ProviderKind } from '@sluice/contract/provider'
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const providers = pgTable('providers', {
  id: text('id').$type<ProviderId>().primaryKey(),
  workspaceId: text('workspace_id').notNull(),
  name: text('name').notNull(),
  kind: text('kind').$type<Exclude<ProviderKind, 'recording'>>().notNull(),
  baseUrl: text('base_url'),
  keySealed: text('key_sealed'),
  defaultModelId: text('default_model_id'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})
export type ProviderRow = typeof providers.$inferSelect
