import { SluiceError } from '@sluice/contract/errors'
import { hasRole, type Access } from '@sluice/contract/roles'
import type { Principal } from '@sluice/core/auth'
import type { Scope } from '@sluice/core/platform'

/** What the caller's credentials and the operation together allow. */
export interface Admission {
  principal: Principal | undefined
  /** Set where the operation works in a workspace. */
  scope: Scope | undefined
}

/**
 * Decides whether a caller may call an operation, and in which workspace.
 * @param wanted id or slug from the workspace header
 * @throws SluiceError unauthenticated, forbidden, not_found (not their workspace)
 */
export function admit(
  access: Access,
  principal: Principal | undefined,
  wanted: string | undefined,
): Admission {
  if (access.role === 'public') return { principal, scope: undefined }
  if (principal === undefined) {
    throw new SluiceError(
      'unauthenticated',
      'Sign in, or send an API key as `Authorization: Bearer …`.',
    )
  }
  if (principal.apiKey !== undefined) requireKeyScope(access, principal.apiKey.scopes)
  if (access.role === 'user') return { principal, scope: findScope(principal, wanted) }
  const scope = findScope(principal, wanted)
  if (scope === undefined)
    throw new SluiceError(
      'forbidden',
      'You belong to no workspace. Ask someone for an invitation, or make one of your own.',
    )
  if (!hasRole(scope.role, access.role)) {
    throw new SluiceError(
      'forbidden',
      principal.apiKey === undefined
        ? `This needs the role ${access.role}; yours in this workspace is ${scope.role}.`
        : `This needs the role ${access.role}; this API key has ${scope.role}. Make one with that role: Settings, API keys.`,
      { details: { needs: access.role, has: scope.role } },
    )
  }
  return { principal, scope }
}

function requireKeyScope(access: Access, scopes: readonly string[]): void {
  const needed = access.scope ?? 'read'
  if (!scopes.includes(needed)) {
    throw new SluiceError(
      'forbidden',
      `This API key lacks the scope ${needed}. Make one that has it: Settings, API keys.`,
      { details: { needs: needed, has: scopes } },
    )
  }
}

function findScope(principal: Principal, wanted: string | undefined): Scope | undefined {
  const { workspaces, actor } = principal
  const workspace =
    wanted === undefined
      ? workspaces[0]
      : workspaces.find(({ id, slug }) => id === wanted || slug === wanted)
  if (workspace !== undefined) return { workspaceId: workspace.id, role: workspace.role, actor }
  if (wanted !== undefined) throw unknownWorkspace(wanted)
  return undefined
}

const unknownWorkspace = (wanted: string) =>
  new SluiceError('not_found', `There is no workspace "${wanted}" that you belong to.`)
