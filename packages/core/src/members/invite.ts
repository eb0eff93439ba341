import { notFound, SluiceError } from '@sluice/contract/errors'
import { createId, type InvitationId } from '@sluice/contract/ids'
import type { Page, PageQuery } from '@sluice/contract/paging'
import type { Invitation, InvitationCreated } from '@sluice/contract/people'
import { hasRole, type Role } from '@sluice/contract/roles'
import type { Database, Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, desc, eq, sql } from 'drizzle-orm'
import { recordAudit, type AuditInput } from '../audit/index.ts'
import { createInvitationToken, digestSecret, type Mailer } from '../auth/index.ts'
import { decodeCursor, toPage, type Scope } from '../platform/index.ts'
import { users } from '../users/index.ts'
import { members, workspaces } from '../workspaces/index.ts'
import { invitations, type InvitationRow } from './tables.ts'

export interface InvitationDeps {
  db: Database
  clock: { now(): Date }
  /** Where the link leads, such as `http://127.0.0.1:4000`. */
  publicUrl: string
  mailer?: Mailer | undefined
  /** Told when the mail could not be sent; the invitation stands, and its link is shown. */
  onError: (error: unknown) => void
}

const validDays = 7

/** Pending until it is accepted, revoked or its time is over; the last is read off the clock, not stored. */
export const statusOf = (
  { status, expiresAt }: Pick<InvitationRow, 'status' | 'expiresAt'>,
  now: Date,
): Invitation['status'] => (status === 'pending' && expiresAt <= now ? 'expired' : status)

const toInvitation = (row: InvitationRow, now: Date): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  status: statusOf(row, now),
  invitedBy: row.invitedBy.name,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
})

/** Newest first. */
export function listInvitations(
  deps: Pick<InvitationDeps, 'db' | 'clock'>,
  scope: Scope,
  query: PageQuery,
): Promise<Page<Invitation>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return deps.db.scoped(scope, async (tx) => {
    const rows = await tx
      .select()
      .from(invitations)
      .where(
        and(
          eq(invitations.workspaceId, scope.workspaceId),
          after &&
            sql`(${invitations.createdAt}, ${invitations.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`,
        ),
      )
      .orderBy(desc(invitations.createdAt), desc(invitations.id))
      .limit(query.limit + 1)
    return toPage(
      rows,
      query.limit,
      ({ createdAt, id }) => ({ at: createdAt, id }),
      (row) => toInvitation(row, deps.clock.now()),
    )
  })
}

/**
 * Invites someone: makes a link that is valid for a week and once, shown here alone, and mails it where
 * a mail server is set. A link to the same address that is still open ends.
 * @throws SluiceError `conflict` for a member, `forbidden` for a role above the caller's own
 */
export async function createInvitation(
  deps: InvitationDeps,
  scope: Scope,
  input: { email: string; role: Role },
): Promise<InvitationCreated> {
  if (!hasRole(scope.role, input.role))
    throw new SluiceError('forbidden', 'You can invite someone to your own role at most.')
  const email = input.email.toLowerCase()
  const token = createInvitationToken()
  const now = deps.clock.now()
  const expiresAt = new Date(now.getTime() + validDays * 24 * 3600 * 1000)
  const { row, workspace } = await deps.db.scoped(scope, async (tx) => {
    await requireNoMember(tx, scope, email)
    await tx
      .update(invitations)
      .set({ status: 'revoked' })
      .where(
        and(
          eq(invitations.workspaceId, scope.workspaceId),
          eq(invitations.email, email),
          eq(invitations.status, 'pending'),
        ),
      )
    const [made] = await tx
      .insert(invitations)
      .values({
        id: createId('inv'),
        workspaceId: scope.workspaceId,
        email,
        role: input.role,
        tokenHash: digestSecret(token),
        status: 'pending',
        invitedBy: scope.actor,
        createdAt: now,
        expiresAt,
      })
      .returning()
    const [found] = await tx
      .select({ name: workspaces.name })
      .from(workspaces)
      .where(eq(workspaces.id, scope.workspaceId))
    await record(tx, scope, {
      action: 'invitation.created',
      subjectType: 'invitation',
      subjectId: made!.id,
      details: { email, role: input.role },
    })
    return { row: made!, workspace: found!.name }
  })
  const link = new URL(`/invite/${token}`, deps.publicUrl).href
  const mailed = await mailLink(deps, { email, link, workspace, by: scope.actor.name })
  return { ...toInvitation(row, now), link, mailed }
}

/** Ends an open invitation's link. @throws SluiceError `not_found`, `wrong_state` once it was accepted or revoked */
export async function revokeInvitation(
  deps: Pick<InvitationDeps, 'db'>,
  scope: Scope,
  input: { invitationId: InvitationId },
): Promise<{ ok: true }> {
  const isOurs = and(
    eq(invitations.workspaceId, scope.workspaceId),
    eq(invitations.id, input.invitationId),
  )
  await deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .update(invitations)
      .set({ status: 'revoked' })
      .where(and(isOurs, eq(invitations.status, 'pending')))
      .returning()
    if (!row) {
      const [found] = await tx
        .select({ status: invitations.status })
        .from(invitations)
        .where(isOurs)
      if (!found) throw notFound('invitation', input.invitationId)
      throw new SluiceError('wrong_state', `This invitation is ${found.status} already.`)
    }
    await record(tx, scope, {
      action: 'invitation.revoked',
      subjectType: 'invitation',
      subjectId: row.id,
      details: { email: row.email },
    })
  })
  return { ok: true }
}

async function requireNoMember(tx: Tx, scope: Scope, email: string): Promise<void> {
  const [found] = await tx
    .select({ id: members.id })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.workspaceId, scope.workspaceId), eq(users.email, email)))
  if (found)
    throw new SluiceError('conflict', `${email} is a member already.`, {
      details: { field: 'email' },
    })
}

async function mailLink(
  deps: InvitationDeps,
  input: { email: string; link: string; workspace: string; by: string },
): Promise<boolean> {
  if (!deps.mailer) return false
  try {
    await deps.mailer.send({
      to: input.email,
      // A name with a line break in it must not become a header.
      subject: `Join ${input.workspace} on Sluice`.replace(/\s+/g, ' '),
      text: `${input.by} invites you to the workspace ${input.workspace} on Sluice.\n\nJoin within ${validDays} days:\n${input.link}\n`,
    })
    return true
  } catch (error) {
    deps.onError(error)
    return false
  }
}

async function record(tx: Tx, scope: Scope, entry: AuditInput): Promise<void> {
  await recordAudit(tx, scope, entry)
  append(tx, scope, `workspace:${scope.workspaceId}`, [{ type: 'people.changed', payload: {} }])
}
