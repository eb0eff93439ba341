import { z } from 'zod'
import { ApiKeyId, InvitationId, MemberId, WorkspaceId } from '../ids.ts'
import { PageQuery, pageOf } from '../paging.ts'
import {
  ApiKey,
  ApiKeyCreated,
  AuditEntry,
  Email,
  Invitation,
  InvitationCreated,
  Me,
  MyInvitation,
  Member,
  PersonName,
  Setup,
  Workspace,
  WorkspaceName,
} from '../people.ts'
import { KeyScope, Role } from '../roles.ts'
import { Done, operation } from './operation.ts'

export const setup = {
  status: operation('GET', '/setup', {
    summary: 'Whether the first start is still to be done',
    tag: 'Setup',
    access: { role: 'public' },
  }).output(z.object({ isNeeded: z.boolean() })),
  create: operation('POST', '/setup', {
    summary: 'Make the owner and the first workspace, once',
    tag: 'Setup',
    access: { role: 'public' },
    successStatus: 201,
  })
    .input(Setup)
    .output(z.object({ workspaceId: WorkspaceId })),
}

export const me = {
  get: operation('GET', '/me', {
    summary: 'Who I am and what I may do',
    tag: 'People',
    access: { role: 'user' },
  }).output(Me),
  update: operation('PATCH', '/me', {
    summary: 'Change my name',
    tag: 'People',
    access: { role: 'user' },
  })
    .input(z.object({ name: PersonName }))
    .output(Me),
  invitations: operation('GET', '/me/invitations', {
    summary: 'Invitations that wait for me',
    tag: 'People',
    access: { role: 'user' },
  }).output(z.object({ items: z.array(MyInvitation) })),
  answerInvitation: operation('POST', '/me/invitations/{invitationId}', {
    summary: 'Join, or decline',
    tag: 'People',
    access: { role: 'user', scope: 'people' },
  })
    .input(z.object({ invitationId: InvitationId, accept: z.boolean() }))
    .output(Done),
}

export const workspaces = {
  list: operation('GET', '/workspaces', {
    summary: 'The workspaces I belong to',
    tag: 'People',
    access: { role: 'user' },
  }).output(z.object({ items: z.array(Workspace) })),
  create: operation('POST', '/workspaces', {
    summary: 'Make a workspace of my own',
    tag: 'People',
    access: { role: 'user', scope: 'people' },
    successStatus: 201,
  })
    .input(z.object({ name: WorkspaceName }))
    .output(Workspace),
  update: operation('PATCH', '/workspace', {
    summary: 'Rename the workspace',
    tag: 'People',
    access: { role: 'admin', scope: 'people' },
  })
    .input(z.object({ name: WorkspaceName }))
    .output(Workspace),
}

export const members = {
  list: operation('GET', '/members', {
    summary: 'List the members',
    tag: 'People',
    access: { role: 'viewer', scope: 'read' },
  })
    .input(PageQuery)
    .output(pageOf(Member)),
  update: operation('PATCH', '/members/{memberId}', {
    summary: "Change a member's role",
    tag: 'People',
    access: { role: 'admin', scope: 'people' },
  })
    .input(z.object({ memberId: MemberId, role: Role }))
    .output(Member),
  remove: operation('DELETE', '/members/{memberId}', {
    summary: 'Remove a member',
    tag: 'People',
    access: { role: 'admin', scope: 'people' },
  })
    .input(z.object({ memberId: MemberId }))
    .output(Done),
}

export const invitations = {
  list: operation('GET', '/invitations', {
    summary: 'List the invitations',
    tag: 'People',
    access: { role: 'admin', scope: 'read' },
  })
    .input(PageQuery)
    .output(pageOf(Invitation)),
  create: operation('POST', '/invitations', {
    summary: 'Invite someone by link, and by mail where it is set up',
    tag: 'People',
    access: { role: 'admin', scope: 'people' },
    successStatus: 201,
  })
    .input(z.object({ email: Email, role: Role.exclude(['owner']) }))
    .output(InvitationCreated),
  revoke: operation('DELETE', '/invitations/{invitationId}', {
    summary: 'Revoke an invitation',
    tag: 'People',
    access: { role: 'admin', scope: 'people' },
  })
    .input(z.object({ invitationId: InvitationId }))
    .output(Done),
  find: operation('POST', '/invitations/find', {
    summary: 'What an invitation link offers',
    tag: 'People',
    access: { role: 'public' },
  })
    .input(z.object({ token: z.string().min(1).max(200) }))
    .output(
      z.object({ email: z.string(), workspace: z.string(), role: Role, hasAccount: z.boolean() }),
    ),
  accept: operation('POST', '/invitations/accept', {
    summary: 'Join with a link: as the account signed in, or with a new one',
    tag: 'People',
    access: { role: 'public' },
  })
    .input(
      z.object({
        token: z.string().min(1).max(200),
        account: z.object({ name: PersonName, password: Setup.shape.password }).optional(),
      }),
    )
    .output(z.object({ workspaceId: WorkspaceId })),
}

export const apiKeys = {
  list: operation('GET', '/api-keys', {
    summary: 'List the API keys',
    tag: 'People',
    access: { role: 'viewer', scope: 'read' },
  })
    .input(PageQuery)
    .output(pageOf(ApiKey)),
  create: operation('POST', '/api-keys', {
    summary: 'Make an API key; it is shown once',
    tag: 'People',
    access: { role: 'editor', scope: 'people' },
    successStatus: 201,
  })
    .input(
      z.object({
        name: z.string().trim().min(1).max(60),
        role: Role.describe('At most your own'),
        scopes: z.array(KeyScope).min(1).default(['read', 'tasks', 'repositories']),
        expiresInDays: z.number().int().min(1).max(3650).optional(),
      }),
    )
    .output(ApiKeyCreated),
  revoke: operation('DELETE', '/api-keys/{apiKeyId}', {
    summary: 'Revoke an API key',
    tag: 'People',
    access: { role: 'editor', scope: 'people' },
  })
    .input(z.object({ apiKeyId: ApiKeyId }))
    .output(Done),
}

export const audit = {
  list: operation('GET', '/audit', {
    summary: 'Who did what, newest first',
    tag: 'People',
    access: { role: 'admin', scope: 'read' },
  })
    .input(PageQuery.extend({ action: z.string().max(100).optional() }))
    .output(pageOf(AuditEntry)),
}
