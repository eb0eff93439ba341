import { createId } from '@sluice/contract/ids'
import type { Actor } from '@sluice/contract/people'
import type { Tx } from '@sluice/db/database'
import { auditEntries } from './tables.ts'

/** Whose deed it is, and where the request came from: a scope fits. */
export interface AuditScope {
  workspaceId: string
  actor: Actor
  address?: string | null | undefined
}

export interface AuditInput {
  /** Such as `member.role_changed`. */
  action: string
  subjectType: string
  subjectId: string
  /** What is worth knowing of it; never a secret. */
  details?: Record<string, unknown> | undefined
}

/** Writes down who did what from where, in the transaction of the change itself: one never stands without the other. */
export async function recordAudit(tx: Tx, scope: AuditScope, input: AuditInput): Promise<void> {
  await tx.insert(auditEntries).values({
    id: createId('aud'),
    workspaceId: scope.workspaceId,
    at: new Date(),
    actor: scope.actor,
    action: input.action,
    subjectType: input.subjectType,
    subjectId: input.subjectId,
    details: input.details ?? {},
    address: scope.address ?? null,
  })
}
