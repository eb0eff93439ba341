import type { RepositoryId, SessionId } from '@sluice/contract/ids'
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

const count = (name: string) => bigint(name, { mode: 'number' })

/** One row for each call of a model. */
export const usage = pgTable('usage', {
  id: count('id').primaryKey().generatedAlwaysAsIdentity(),
  workspaceId: text('workspace_id').notNull(),
  sessionId: text('session_id').$type<SessionId>(),
  repositoryId: text('repository_id').$type<RepositoryId>(),
  personId: text('person_id').notNull(),
  personName: text('person_name').notNull(),
  modelId: text('model_id').notNull(),
  inputTokens: count('input_tokens').notNull(),
  outputTokens: count('output_tokens').notNull(),
  costMicros: count('cost_micros'),
  durationMs: count('duration_ms'),
  at: timestamp('at', { withTimezone: true }).notNull(),
})
