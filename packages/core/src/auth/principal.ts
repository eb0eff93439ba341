import type { ApiKeyId, WorkspaceId } from '@sluice/contract/ids'
import type { Actor, User, Workspace } from '@sluice/contract/people'
import type { KeyScope, Role } from '@sluice/contract/roles'

/** Who makes a request, proven by a cookie or a key. */
export interface Principal {
  via: 'session' | 'api_key'
  /** The person: who signed in, or who made the key. */
  user: User
  /** As whom their deeds are written down. */
  actor: Actor
  /** The workspaces they may enter, first joined first; a key's own one alone, with the role it has there. */
  workspaces: Workspace[]
  /** Set for a key only. Its role is the lower of the key's and of its maker's today. */
  apiKey?: { id: ApiKeyId; workspaceId: WorkspaceId; role: Role; scopes: KeyScope[] }
}
