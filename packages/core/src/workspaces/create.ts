import { randomBytes } from 'node:crypto'
import { createId } from '@sluice/contract/ids'
import type { User, Workspace } from '@sluice/contract/people'
import type { Database, Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { recordAudit } from '../audit/index.ts'
import { toSlug } from './slug.ts'
import { members, workspaces } from './tables.ts'

export interface CreateWorkspaceInput {
  name: string
  owner: User
  now: Date
  address?: string | null | undefined
}

const slugAttempts = 20

/** Makes a workspace and its first owner, in a transaction of the system role: there is no scope to work in yet. */
export async function insertWorkspace(
  tx: Tx,
  { name, owner, now, address }: CreateWorkspaceInput,
): Promise<Workspace> {
  const id = createId('wks')
  const slug = await insertWithFreeSlug(tx, id, name, now)
  await tx.insert(members).values({
    id: createId('mem'),
    workspaceId: id,
    userId: owner.id,
    role: 'owner',
    createdAt: now,
  })
  const scope = {
    workspaceId: id,
    actor: { type: 'user', id: owner.id, name: owner.name } as const,
    address,
  }
  await recordAudit(tx, scope, {
    action: 'workspace.created',
    subjectType: 'workspace',
    subjectId: id,
    details: { name },
  })
  append(tx, scope, `workspace:${id}`, [{ type: 'people.changed', payload: {} }])
  return { id, slug, name, role: 'owner', createdAt: now.toISOString() }
}

async function insertWithFreeSlug(
  tx: Tx,
  id: Workspace['id'],
  name: string,
  now: Date,
): Promise<string> {
  const base = toSlug(name)
  for (let attempt = 1; attempt <= slugAttempts; attempt++) {
    const slug =
      attempt === 1
        ? base
        : attempt < 5
          ? `${base}-${attempt}`
          : `${base}-${randomBytes(3).toString('hex')}`
    const made = await tx
      .insert(workspaces)
      .values({ id, slug, name, createdAt: now })
      .onConflictDoNothing({ target: workspaces.slug })
      .returning()
    if (made.length > 0) return slug
  }
  throw new Error(`No free slug for ${base}`)
}

/** Makes a further workspace, of which the caller is the owner. */
export function createWorkspace(
  deps: { db: Database; clock: { now(): Date } },
  caller: { user: User; address?: string | null | undefined },
  input: { name: string },
): Promise<Workspace> {
  return deps.db.system((tx) =>
    insertWorkspace(tx, {
      name: input.name,
      owner: caller.user,
      now: deps.clock.now(),
      address: caller.address,
    }),
  )
}
