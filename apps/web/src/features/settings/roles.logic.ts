import type { Role } from '@sluice/contract/roles'

export const roleHints: Record<Role, string> = {
  viewer: 'Reads everything',
  editor: 'Also gives tasks and decides on them',
  admin: 'Also manages repositories, people and settings',
  owner: 'Also decides who owns the workspace',
}

const order: readonly Role[] = ['viewer', 'editor', 'admin', 'owner']
const titles: Record<Role, string> = {
  viewer: 'Viewer',
  editor: 'Editor',
  admin: 'Admin',
  owner: 'Owner',
}

/** What a new key gets: enough for the command line's first steps, adding a repository among them, and no more. */
export function roleOfNewKey(held: Role): Role {
  return held === 'owner' ? 'admin' : held
}

/** The roles up to one's own, from least to most: nobody gives more than they have. */
export function rolesUpTo(held: Role): { id: Role; label: string; hint: string }[] {
  return order
    .slice(0, order.indexOf(held) + 1)
    .map((role) => ({ id: role, label: titles[role], hint: roleHints[role] }))
}
