import type { WorkspaceId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { Role } from '@sluice/contract/roles'
import { systemActor } from '@sluice/db/scope'

/** In whose name, with which rights and in which workspace something is read or done. Every use case takes it. */
export interface Scope {
  workspaceId: WorkspaceId
  actor: Actor
  role: Role
  /** Where the request came from, for the audit. */
  address?: string | null
}

/** The scope of what Sluice does by itself in a workspace. */
export function systemScope(workspaceId: WorkspaceId): Scope {
  return { workspaceId, actor: systemActor, role: 'owner' }
}

const agentActor: Actor = { type: 'agent', id: 'built_in', name: 'Sluice agent' }

/** The same workspace, with what is written there said by the agent. */
export function agentScope(workspaceId: WorkspaceId): Scope {
  return { workspaceId, actor: agentActor, role: 'editor' }
}
