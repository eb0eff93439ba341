import { SluiceError } from '@sluice/contract/errors'
import type { Me } from '@sluice/contract/people'
import { createApiKey, listApiKeys, revokeApiKey } from '@sluice/core/api-keys'
import { listAudit } from '@sluice/core/audit'
import type { Principal } from '@sluice/core/auth'
import {
  acceptInvitation,
  answerInvitation,
  createInvitation,
  findInvitation,
  listInvitations,
  listMembers,
  listMyInvitations,
  removeMember,
  revokeInvitation,
  updateMember,
} from '@sluice/core/members'
import { isSetupNeeded, setUp } from '@sluice/core/setup'
import { renameUser } from '@sluice/core/users'
import { abilitiesOf, createWorkspace, renameWorkspace } from '@sluice/core/workspaces'
import type { Scope } from '@sluice/core/platform'
import { readCursor } from '@sluice/events/log'
import type { RequestContext, ServerDeps } from '../http/context.ts'
import { publicUrlOf } from '../wire.ts'
import { done } from './answers.ts'
import { open, scoped } from './operations.ts'

export const setupOperations = {
  status: open.setup.status.handler(async ({ context }) => ({
    isNeeded: await isSetupNeeded(context.server.core),
  })),
  create: open.setup.create.handler(async ({ context, input }) => {
    const { workspace } = await setUp(context.server.core, { ...input, address: context.address })
    return { workspaceId: workspace.id }
  }),
}

function requirePrincipal({ principal }: Pick<RequestContext, 'principal'>): Principal {
  if (principal === undefined) throw new SluiceError('unauthenticated', 'Sign in first.')
  return principal
}

async function describeMe(
  { core }: ServerDeps,
  principal: Principal,
  scope: Scope | undefined,
  name = principal.user.name,
): Promise<Me> {
  const { workspaces, via, user, apiKey } = principal
  const workspace = workspaces.find(({ id }) => id === scope?.workspaceId)
  const readEnd = (workspaceId: string) =>
    core.db.scoped({ workspaceId }, (tx) =>
      readCursor(tx, { workspaceId, stream: `workspace:${workspaceId}` }),
    )
  return {
    user: { ...user, name },
    via,
    workspaces,
    current: workspace && {
      workspace,
      abilities: abilitiesOf(workspace.role, apiKey?.scopes),
      cursor: await readEnd(workspace.id),
    },
  }
}

export const meOperations = {
  get: open.me.get.handler(({ context }) =>
    describeMe(context.server, requirePrincipal(context), context.scope),
  ),
  update: open.me.update.handler(async ({ context, input }) => {
    const principal = requirePrincipal(context)
    if (principal.via === 'api_key')
      throw new SluiceError('forbidden', 'A key cannot change who made it. Sign in to do that.')
    await renameUser(context.server.core, { user: principal.user, address: context.address }, input)
    return describeMe(context.server, principal, context.scope, input.name)
  }),
  invitations: open.me.invitations.handler(async ({ context }) => ({
    items: await listMyInvitations(context.server.core, requirePrincipal(context).user),
  })),
  answerInvitation: open.me.answerInvitation.handler(({ context, input }) => {
    const { via, user } = requirePrincipal(context)
    if (via === 'api_key')
      throw new SluiceError('forbidden', 'A key cannot join anything. Sign in to do that.')
    return done(answerInvitation(context.server.core, { user, address: context.address }, input))
  }),
}

export const workspaceOperations = {
  list: open.workspaces.list.handler(({ context }) => ({
    items: requirePrincipal(context).workspaces,
  })),
  create: open.workspaces.create.handler(({ context, input }) => {
    const { via, user } = requirePrincipal(context)
    if (via === 'api_key')
      throw new SluiceError(
        'forbidden',
        'A key belongs to one workspace and makes no other. Sign in to do that.',
      )
    return createWorkspace(context.server.core, { user, address: context.address }, input)
  }),
  update: scoped.workspaces.update.handler(({ context, input }) =>
    renameWorkspace(context.server.core, context.scope, input),
  ),
}

export const memberOperations = {
  list: scoped.members.list.handler(({ context, input }) =>
    listMembers(context.server.core, context.scope, input),
  ),
  update: scoped.members.update.handler(({ context, input }) =>
    updateMember(context.server.core, context.scope, input),
  ),
  remove: scoped.members.remove.handler(({ context, input }) =>
    removeMember(context.server.core, context.scope, input),
  ),
}

const invitationDeps = ({ core, mailer, settings }: ServerDeps) => ({
  ...core,
  mailer,
  publicUrl: publicUrlOf(settings),
  onError: (error: unknown) => core.log.warn({ err: error }, 'an invitation could not be mailed'),
})

export const invitationOperations = {
  list: scoped.invitations.list.handler(({ context, input }) =>
    listInvitations(context.server.core, context.scope, input),
  ),
  create: scoped.invitations.create.handler(({ context, input }) =>
    createInvitation(invitationDeps(context.server), context.scope, input),
  ),
  revoke: scoped.invitations.revoke.handler(({ context, input }) =>
    revokeInvitation(context.server.core, context.scope, input),
  ),
  find: open.invitations.find.handler(({ context, input }) =>
    findInvitation(context.server.core, input),
  ),
  accept: open.invitations.accept.handler(async ({ context, input }) => {
    const { principal, address } = context
    // A key cannot join anything in its maker's name.
    const user = principal?.via === 'session' ? principal.user : undefined
    const { workspaceId } = await acceptInvitation(context.server.core, { user, address }, input)
    return { workspaceId }
  }),
}

export const apiKeyOperations = {
  list: scoped.apiKeys.list.handler(({ context, input }) =>
    listApiKeys(context.server.core, context.scope, input),
  ),
  create: scoped.apiKeys.create.handler(({ context, input }) =>
    createApiKey(context.server.core, context.scope, input),
  ),
  revoke: scoped.apiKeys.revoke.handler(({ context, input }) =>
    done(revokeApiKey(context.server.core, context.scope, input)),
  ),
}

export const auditOperations = {
  list: scoped.audit.list.handler(({ context, input }) =>
    listAudit(context.server.core, context.scope, input),
  ),
}
