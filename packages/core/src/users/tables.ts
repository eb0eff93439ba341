import type { UserId } from '@sluice/contract/ids'
import { boolean, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** People with an account. Within a scope only the members of its workspace are visible. */
export const users = pgTable('users', {
  id: text('id').$type<UserId>().primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  emailVerified: boolean('email_verified').notNull().default(false),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
})

/** How a user signs in; better-auth reads and changes it, we only add a password to a new account. */
export const accounts = pgTable('accounts', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  providerId: text('provider_id').notNull(),
  userId: text('user_id').notNull(),
  password: text('password'),
})
