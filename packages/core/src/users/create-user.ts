import { randomUUID } from 'node:crypto'
import { SluiceError } from '@sluice/contract/errors'
import { createId, type UserId } from '@sluice/contract/ids'
import type { User } from '@sluice/contract/people'
import type { Tx } from '@sluice/db/database'
import { eq } from 'drizzle-orm'
import { accounts, users } from './tables.ts'

/** Hashes a password as better-auth checks it at sign-in (scrypt, some 50 ms of a thread): call it before a transaction begins. */
export async function hashPassword(password: string): Promise<string> {
  const { hashPassword: hash } = await import('better-auth/crypto')
  return hash(password)
}

/**
 * Makes a user with a password, in a transaction of the system role.
 * @throws SluiceError `conflict` when the address has an account
 */
export async function createUser(
  tx: Tx,
  input: { name: string; email: string; passwordHash: string; now: Date },
): Promise<User> {
  const { name, passwordHash, now } = input
  const email = input.email.toLowerCase()
  const id = createId('usr')
  const made = await tx
    .insert(users)
    .values({ id, name, email, createdAt: now, updatedAt: now })
    .onConflictDoNothing({ target: users.email })
    .returning()
  if (made.length === 0)
    throw new SluiceError('conflict', `${email} has an account already. Sign in with it.`)
  // better-auth's convention for passwords: provider `credential`, the account's id is the user's.
  await tx.insert(accounts).values({
    id: randomUUID(),
    accountId: id,
    providerId: 'credential',
    userId: id,
    password: passwordHash,
  })
  return { id, name, email }
}

/** Finds a user by address, in a transaction of the system role. */
export async function findUserByEmail(tx: Tx, email: string): Promise<{ id: UserId } | undefined> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, email.toLowerCase()))
  return user
}
