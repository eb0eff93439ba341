import type { Actor } from '@sluice/contract/people'

export type { Actor }

/**
 * In whose name something is read or written. Every query takes one first: its workspace
 * stands in the WHERE and, through the transaction's setting, in row-level security.
 */
export interface Scope {
  workspaceId: string
  actor: Actor
}

/** The actor of what Sluice does by itself in a workspace, such as an expired invitation. */
export const systemActor: Actor = { type: 'system', id: 'system', name: 'Sluice' }

/** A scope for work that no person or key asked for. */
export function systemScope(workspaceId: string): Scope {
  return { workspaceId, actor: systemActor }
}
