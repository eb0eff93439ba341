import { notFound, SluiceError } from '@sluice/contract/errors'
import { createId, type InvitationId, type WorkspaceId } from '@sluice/contract/ids'
import type { MyInvitation, User } from '@sluice/contract/people'
import type { Role } from '@sluice/contract/roles'
import type { Database, Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, desc, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import { digestSecret } from '../auth/index.ts'
import { createUser, findUserByEmail, hashPassword } from '../users/index.ts'
import { members, workspaces } from '../workspaces/index.ts'
import { statusOf } from './invite.ts'
import { invitations, type InvitationRow } from './tables.ts'

interface JoinDeps {
  db: Database
  clock: { now(): Date }
}

/** What an invitation's link offers, to whoever has it. @throws SluiceError `not_found`; `wrong_state` when it was used, revoked or is too old */
export function findInvitation(
  deps: JoinDeps,
  input: { token: string },
): Promise<{ email: string; workspace: string; role: Role; hasAccount: boolean }> {
  return deps.db.system(async (tx) => {
    const { row, workspace } = await requireOpen(tx, input.token, deps.clock.now())
    return {
      email: row.email,
      workspace,
      role: row.role,
      hasAccount: (await findUserByEmail(tx, row.email)) !== undefined,
    }
  })
}

export interface AcceptInput {
  token: string
  /** For someone without an account: the invitation's address becomes theirs. */
  account?: { name: string; password: string } | undefined
}

/**
 * Joins a workspace with a link, once: as the user who is signed in, or with a new account.
 * Who is a member already keeps the role they have.
 * @throws SluiceError `unauthenticated` without either; `conflict` when the address has an account;
 * `not_found`; `wrong_state` when the link was used, revoked or is too old
 */
export async function acceptInvitation(
  deps: JoinDeps,
  caller: { user?: User | undefined; address?: string | null | undefined },
  input: AcceptInput,
): Promise<{ workspaceId: WorkspaceId; user: User }> {
  if (!caller.user && !input.account)
    throw new SluiceError(
      'unauthenticated',
      'Sign in, or choose a name and a password to join with a new account.',
    )
  const now = deps.clock.now()
  // Hashing takes its time: the link is looked at first, and no transaction waits for it.
  await deps.db.system((tx) => requireOpen(tx, input.token, now))
  const passwordHash =
    caller.user || !input.account ? undefined : await hashPassword(input.account.password)
  return deps.db.system(async (tx) => {
    const { row } = await requireOpen(tx, input.token, now, 'lock')
    const user =
      caller.user ??
      (await createUser(tx, {
        name: input.account!.name,
        email: row.email,
        passwordHash: passwordHash!,
        now,
      }))
    await join(tx, row, { user, address: caller.address }, now)
    return { workspaceId: row.workspaceId, user }
  })
}

interface Caller {
  user: Pick<User, 'id' | 'name' | 'email'>
  address?: string | null | undefined
}

/** What waits for a person under the address of their account, newest first. */
export function listMyInvitations(deps: JoinDeps, user: User): Promise<MyInvitation[]> {
  const now = deps.clock.now()
  return deps.db.system(async (tx) => {
    const rows = await tx
      .select({ row: invitations, workspace: workspaces.name })
      .from(invitations)
      .innerJoin(workspaces, eq(workspaces.id, invitations.workspaceId))
      .where(openFor(user))
      .orderBy(desc(invitations.createdAt), desc(invitations.id))
      .limit(50)
    return rows
      .filter(({ row }) => statusOf(row, now) === 'pending')
      .map(({ row, workspace }) => ({
        id: row.id,
        workspace,
        role: row.role,
        invitedBy: row.invitedBy.name,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      }))
  })
}

/** Joins, or declines for good. @throws SluiceError not_found (answered, revoked, too old, or somebody else's) */
export function answerInvitation(
  deps: JoinDeps,
  caller: Caller & { user: User },
  { invitationId, accept }: { invitationId: InvitationId; accept: boolean },
): Promise<void> {
  const now = deps.clock.now()
  return deps.db.system(async (tx) => {
    const [row] = await tx
      .select()
      .from(invitations)
      .where(and(eq(invitations.id, invitationId), openFor(caller.user)))
      .for('update')
    if (row === undefined || statusOf(row, now) !== 'pending')
      throw notFound('invitation', invitationId)
    if (accept) return join(tx, row, caller, now)
    await tx.update(invitations).set({ status: 'revoked' }).where(eq(invitations.id, row.id))
    await tell(tx, row, caller, 'invitation.declined', { invited: row.email, role: row.role })
  })
}

const openFor = ({ email }: Pick<User, 'email'>) =>
  and(sql`lower(${invitations.email}) = lower(${email})`, eq(invitations.status, 'pending'))

async function join(tx: Tx, row: InvitationRow, caller: Caller, now: Date): Promise<void> {
  const { user } = caller
  await tx
    .insert(members)
    .values({
      id: createId('mem'),
      workspaceId: row.workspaceId,
      userId: user.id,
      role: row.role,
      createdAt: now,
    })
    .onConflictDoNothing({ target: [members.workspaceId, members.userId] })
  await tx
    .update(invitations)
    .set({ status: 'accepted', acceptedBy: user.id, acceptedAt: now })
    .where(and(eq(invitations.id, row.id), eq(invitations.status, 'pending')))
  await tell(tx, row, caller, 'invitation.accepted', {
    invited: row.email,
    joined: user.email,
    role: row.role,
  })
}

/** Audit and event of an answer, in the name of who gave it. */
async function tell(
  tx: Tx,
  row: InvitationRow,
  { user, address }: Caller,
  action: string,
  details: Record<string, unknown>,
): Promise<void> {
  const scope = {
    workspaceId: row.workspaceId,
    actor: { type: 'user', id: user.id, name: user.name } as const,
    address,
  }
  await recordAudit(tx, scope, {
    action,
    subjectType: 'invitation',
    subjectId: row.id,
    details,
  })
  append(tx, scope, `workspace:${row.workspaceId}`, [{ type: 'people.changed', payload: {} }])
}

async function requireOpen(
  tx: Tx,
  token: string,
  now: Date,
  lock?: 'lock',
): Promise<{ row: InvitationRow; workspace: string }> {
  const query = tx
    .select({ row: invitations, workspace: workspaces.name })
    .from(invitations)
    .innerJoin(workspaces, eq(workspaces.id, invitations.workspaceId))
    .where(eq(invitations.tokenHash, digestSecret(token)))
  const [found] = await (lock ? query.for('update', { of: invitations }) : query)
  if (!found) throw new SluiceError('not_found', 'There is no such invitation. Ask for a new link.')
  const status = statusOf(found.row, now)
  if (status === 'pending') return found
  const what = { accepted: 'was used already', revoked: 'was revoked', expired: 'has expired' }[
    status
  ]
  throw new SluiceError('wrong_state', `This invitation ${what}. Ask for a new link.`, {
    details: { status },
  })
}
