import { SluiceError } from '@sluice/contract/errors'
import type { Gate, GateInput } from '@sluice/contract/gate'
import { createId, type GateId, type RepositoryId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '../audit/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import type { FoundGate } from './find/find-gates.ts'
import { listGateRows, requireGateRow, toGate } from './queries.ts'
import { gates, type GateRow } from './tables.ts'

async function announce(
  tx: Tx,
  scope: Scope,
  action: string,
  row: Pick<GateRow, 'id' | 'name' | 'command' | 'repositoryId'>,
): Promise<void> {
  append(tx, scope, `workspace:${scope.workspaceId}`, [
    { type: 'gates.changed', payload: { repositoryId: row.repositoryId } },
  ])
  await recordAudit(tx, scope, {
    action,
    subjectType: 'gate',
    subjectId: row.id,
    details: { name: row.name, command: row.command },
  })
}

/** Adds a gate at the end of a repository's order. */
export async function insertGate(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
  input: GateInput & { foundFrom?: string },
): Promise<Gate> {
  const existing = await listGateRows(tx, scope, repositoryId)
  if (existing.some(({ name }) => name === input.name)) {
    throw new SluiceError(
      'conflict',
      `This repository has a gate named "${input.name}". Choose another name.`,
      { details: { field: 'name' } },
    )
  }
  const [row] = await tx
    .insert(gates)
    .values({
      id: createId('gat'),
      workspaceId: scope.workspaceId,
      repositoryId,
      name: input.name,
      command: input.command,
      timeoutSeconds: input.timeoutSeconds,
      isBlocking: input.isBlocking,
      isEnabled: input.isEnabled,
      foundFrom: input.foundFrom ?? null,
      position: (existing.at(-1)?.position ?? -1) + 1,
      createdAt: deps.clock.now(),
    })
    .returning()
  await announce(tx, scope, 'gate.created', row!)
  return toGate(row!)
}

/** Adds the found gates whose name and command are both new. @returns how many were added */
export async function addFoundGates(
  deps: CoreDeps,
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
  found: FoundGate[],
): Promise<number> {
  const existing = await listGateRows(tx, scope, repositoryId)
  const fresh = found.filter(
    (gate) => !existing.some(({ name, command }) => name === gate.name || command === gate.command),
  )
  for (const gate of fresh) await insertGate(deps, tx, scope, repositoryId, gate)
  return fresh.length
}

export type GateChange = { [K in keyof GateInput]?: GateInput[K] | undefined }

/** @throws SluiceError not_found, conflict (the name is taken) */
export function updateGate(
  deps: CoreDeps,
  scope: Scope,
  gateId: GateId,
  change: GateChange,
): Promise<Gate> {
  return deps.db.scoped(scope, async (tx) => {
    const before = await requireGateRow(tx, scope, gateId)
    if (change.name !== undefined && change.name !== before.name) {
      const others = await listGateRows(tx, scope, before.repositoryId)
      if (others.some(({ name }) => name === change.name)) {
        throw new SluiceError('conflict', `This repository has a gate named "${change.name}".`, {
          details: { field: 'name' },
        })
      }
    }
    const [row] = await tx
      .update(gates)
      .set({
        name: change.name ?? before.name,
        command: change.command ?? before.command,
        timeoutSeconds: change.timeoutSeconds ?? before.timeoutSeconds,
        isBlocking: change.isBlocking ?? before.isBlocking,
        isEnabled: change.isEnabled ?? before.isEnabled,
      })
      .where(and(eq(gates.workspaceId, scope.workspaceId), eq(gates.id, gateId)))
      .returning()
    await announce(tx, scope, 'gate.changed', row!)
    return toGate(row!)
  })
}

/** @throws SluiceError not_found */
export function removeGate(deps: CoreDeps, scope: Scope, gateId: GateId): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireGateRow(tx, scope, gateId)
    await tx
      .delete(gates)
      .where(and(eq(gates.workspaceId, scope.workspaceId), eq(gates.id, gateId)))
    await announce(tx, scope, 'gate.removed', row)
  })
}

/** Sets the order; the ids must be exactly the repository's gates. @throws SluiceError conflict */
export async function reorderGates(
  tx: Tx,
  scope: Scope,
  repositoryId: RepositoryId,
  gateIds: GateId[],
): Promise<Gate[]> {
  const rows = await listGateRows(tx, scope, repositoryId)
  const given = new Set(gateIds)
  if (
    given.size !== gateIds.length ||
    given.size !== rows.length ||
    rows.some(({ id }) => !given.has(id))
  ) {
    throw new SluiceError(
      'conflict',
      'The gates changed meanwhile. Load them again and order them then.',
    )
  }
  for (const [position, id] of gateIds.entries()) {
    await tx
      .update(gates)
      .set({ position })
      .where(and(eq(gates.workspaceId, scope.workspaceId), eq(gates.id, id)))
  }
  const first = rows[0]
  if (first !== undefined) await announce(tx, scope, 'gates.reordered', first)
  return (await listGateRows(tx, scope, repositoryId)).map(toGate)
}
