import { z } from 'zod'
import { ApiKeyId, AuditEntryId, InvitationId, MemberId, UserId, WorkspaceId } from './ids.ts'
import { Timestamp } from './paging.ts'
import { KeyScope, Role } from './roles.ts'

export const Email = z.email('must be an e-mail address').max(254).toLowerCase()
export const Password = z.string().min(10, 'must have at least 10 characters').max(128)
export const PersonName = z.string().trim().min(1, 'must not be empty').max(100)
export const WorkspaceName = z.string().trim().min(1, 'must not be empty').max(80)

export const User = z.object({ id: UserId, name: z.string(), email: z.string() })
export type User = z.infer<typeof User>

export const Workspace = z.object({
  id: WorkspaceId,
  slug: z.string(),
  name: z.string(),
  role: Role.describe("The caller's role in it"),
  createdAt: Timestamp,
})
export type Workspace = z.infer<typeof Workspace>

/** What the caller may do in the workspace in view, so that a page never guesses. */
export const Abilities = z.object({
  createTasks: z.boolean(),
  decideTasks: z.boolean(),
  manageRepositories: z.boolean(),
  manageSettings: z.boolean(),
  managePeople: z.boolean(),
  ownWorkspace: z.boolean(),
})
export type Abilities = z.infer<typeof Abilities>

export const Me = z.object({
  user: User,
  via: z.enum(['session', 'api_key']),
  workspaces: z.array(Workspace),
  current: z
    .object({
      workspace: Workspace,
      abilities: Abilities,
      cursor: z.number().int().describe('Tail the stream `workspace:<id>` from here'),
    })
    .optional(),
})
export type Me = z.infer<typeof Me>

export const Setup = z.object({
  name: PersonName,
  email: Email,
  password: Password,
  workspace: WorkspaceName,
})
export type Setup = z.infer<typeof Setup>

export const Member = z.object({
  id: MemberId,
  user: User,
  role: Role,
  joinedAt: Timestamp,
})
export type Member = z.infer<typeof Member>

export const Invitation = z.object({
  id: InvitationId,
  email: z.string(),
  role: Role,
  status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
  invitedBy: z.string(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
})
export type Invitation = z.infer<typeof Invitation>

/** An invitation as the person who is invited sees it, signed in under the address that it went to. */
export const MyInvitation = z.object({
  id: InvitationId,
  workspace: z.string(),
  role: Role,
  invitedBy: z.string(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
})
export type MyInvitation = z.infer<typeof MyInvitation>

export const InvitationCreated = Invitation.extend({
  link: z.string().describe('Shown once; whoever opens it joins'),
  mailed: z.boolean(),
})
export type InvitationCreated = z.infer<typeof InvitationCreated>

export const ApiKey = z.object({
  id: ApiKeyId,
  name: z.string(),
  start: z.string().describe('First characters, to recognise it by'),
  role: Role,
  scopes: z.array(KeyScope),
  createdBy: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
  expiresAt: Timestamp.nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>

export const ApiKeyCreated = ApiKey.extend({ key: z.string().describe('Shown once') })
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>

/** Who did something: stands in events, audit entries and decisions. */
export const Actor = z.object({
  type: z.enum(['user', 'api_key', 'agent', 'system']),
  id: z.string(),
  name: z.string(),
})
export type Actor = z.infer<typeof Actor>

export const AuditEntry = z.object({
  id: AuditEntryId,
  at: Timestamp,
  actor: Actor,
  action: z.string().describe('For example `member.role_changed`'),
  subjectType: z.string(),
  subjectId: z.string(),
  details: z.record(z.string(), z.unknown()),
  address: z.string().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>
