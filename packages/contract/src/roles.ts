import { z } from 'zod'

/** From least to most. A role may do all that the ones before it may. */
export const roles = ['viewer', 'editor', 'admin', 'owner'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

export const hasRole = (held: Role, needed: Role): boolean =>
  roles.indexOf(held) >= roles.indexOf(needed)

/** What an API key may be narrowed to, on top of its role. */
export const keyScopes = ['read', 'tasks', 'repositories', 'settings', 'people'] as const
export const KeyScope = z.enum(keyScopes)
export type KeyScope = z.infer<typeof KeyScope>

/**
 * What one operation of the API asks of its caller. This is the only place where it is said:
 * the server enforces it, the OpenAPI document shows it, the tenancy test reads it.
 */
export interface Access {
  /** `public`: no credentials; `user`: signed in, no workspace needed; else the least role. */
  role: 'public' | 'user' | Role
  /** The scope that a key needs; reading needs `read`. */
  scope?: KeyScope
}
