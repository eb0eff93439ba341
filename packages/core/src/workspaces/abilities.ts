import type { Abilities } from '@sluice/contract/people'
import { hasRole, type KeyScope, type Role } from '@sluice/contract/roles'

/** What a role may do, as it travels with the data; a key is further held to its scopes. */
export function abilitiesOf(role: Role, scopes?: readonly KeyScope[]): Abilities {
  const may = (needed: Role, scope: KeyScope): boolean =>
    hasRole(role, needed) && (scopes === undefined || scopes.includes(scope))
  return {
    createTasks: may('editor', 'tasks'),
    decideTasks: may('editor', 'tasks'),
    manageRepositories: may('editor', 'repositories'),
    manageSettings: may('admin', 'settings'),
    managePeople: may('admin', 'people'),
    ownWorkspace: may('owner', 'people'),
  }
}
