import { SluiceError } from '@sluice/contract/errors'
import type { Role } from '@sluice/contract/roles'

/**
 * Refuses what the caller's role may not do to a member. Only owners make, change or remove owners, and
 * the last owner stays, or nobody could ever own the workspace again.
 * @param to the role to be held after it; undefined for a removal
 * @throws SluiceError `forbidden`, `conflict`
 */
export function requireMayChange(input: {
  caller: Role
  from: Role
  to: Role | undefined
  owners: number
}): void {
  const { caller, from, to, owners } = input
  if (caller !== 'owner' && (from === 'owner' || to === 'owner')) {
    throw new SluiceError('forbidden', 'Only an owner can make, change or remove an owner.')
  }
  if (from === 'owner' && to !== 'owner' && owners <= 1) {
    throw new SluiceError(
      'conflict',
      'This is the last owner of the workspace. Make someone else an owner first.',
    )
  }
}
