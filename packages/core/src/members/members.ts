import { notFound } from '@sluice/contract/errors'
import type { MemberId } from '@sluice/contract/ids'
import type { Page, PageQuery } from '@sluice/contract/paging'
import type { Member } from '@sluice/contract/people'
import type { Role } from '@sluice/contract/roles'
import type { Database, Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, asc, eq, sql } from 'drizzle-orm'
import { revokeKeysOf } from '../api-keys/index.ts'
import { recordAudit, type AuditInput } from '../audit/index.ts'
import { decodeCursor, toPage, type Scope } from '../platform/index.ts'
import { users } from '../users/index.ts'
import { members } from '../workspaces/index.ts'
import { requireMayChange } from './policy.ts'

const columns = {
  id: members.id,
  role: members.role,
  createdAt: members.createdAt,
  userId: users.id,
  name: users.name,
  email: users.email,
}
type MemberRow = {
  id: MemberId
  role: Role
  createdAt: Date
  userId: Member['user']['id']
  name: string
  email: string
}

const toMember = ({ id, role, createdAt, userId, name, email }: MemberRow): Member => ({
  id,
  role,
  user: { id: userId, name, email },
  joinedAt: createdAt.toISOString(),
})

/** Who belongs to the workspace, first joined first. */
export function listMembers(
  deps: { db: Database },
  scope: Scope,
  query: PageQuery,
): Promise<Page<Member>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select(columns)
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(
        and(
          eq(members.workspaceId, scope.workspaceId),
          after &&
            sql`(${members.createdAt}, ${members.id}) > (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(asc(members.createdAt), asc(members.id))
      .limit(query.limit + 1)
    return toPage(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), toMember)
  })
}

/** Gives a member another role. @throws SluiceError `not_found`, `forbidden`, `conflict` for the last owner */
export function updateMember(
  deps: { db: Database },
  scope: Scope,
  input: { memberId: MemberId; role: Role },
): Promise<Member> {
  return deps.db.scoped(scope, async (tx) => {
    const { member, owners } = await lockMember(tx, scope, input.memberId)
    requireMayChange({ caller: scope.role, from: member.role, to: input.role, owners })
    await tx
      .update(members)
      .set({ role: input.role })
      .where(and(eq(members.workspaceId, scope.workspaceId), eq(members.id, input.memberId)))
    await record(tx, scope, {
      action: 'member.role_changed',
      subjectType: 'member',
      subjectId: input.memberId,
      details: { email: member.email, from: member.role, to: input.role },
    })
    return toMember({ ...member, role: input.role })
  })
}

/** Takes a member out, and ends the keys they made here. @throws SluiceError `not_found`, `forbidden`, `conflict` for the last owner */
export async function removeMember(
  deps: { db: Database; clock: { now(): Date } },
  scope: Scope,
  input: { memberId: MemberId },
): Promise<{ ok: true }> {
  await deps.db.scoped(scope, async (tx) => {
    const { member, owners } = await lockMember(tx, scope, input.memberId)
    requireMayChange({ caller: scope.role, from: member.role, to: undefined, owners })
    await revokeKeysOf(tx, scope, member.userId, deps.clock.now())
    await tx
      .delete(members)
      .where(and(eq(members.workspaceId, scope.workspaceId), eq(members.id, input.memberId)))
    await record(tx, scope, {
      action: 'member.removed',
      subjectType: 'member',
      subjectId: input.memberId,
      details: { email: member.email, role: member.role },
    })
  })
  return { ok: true }
}

// All owners' rows are locked, in one order: two owners who demote each other at once come one after the other.
async function lockMember(
  tx: Tx,
  scope: Scope,
  memberId: MemberId,
): Promise<{ member: MemberRow; owners: number }> {
  const owners = await tx
    .select({ id: members.id })
    .from(members)
    .where(and(eq(members.workspaceId, scope.workspaceId), eq(members.role, 'owner')))
    .orderBy(asc(members.id))
    .for('update')
  const [member] = await tx
    .select(columns)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.workspaceId, scope.workspaceId), eq(members.id, memberId)))
    .for('update', { of: members })
  if (!member) throw notFound('member', memberId)
  return { member, owners: owners.length }
}

async function record(tx: Tx, scope: Scope, entry: AuditInput): Promise<void> {
  await recordAudit(tx, scope, entry)
  append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'people.changed', payload: {} }])
}
