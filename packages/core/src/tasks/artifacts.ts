import { readFile } from 'node:fs/promises'
import { notFound } from '@sluice/contract/errors'
import type { ArtifactId, GateResultId } from '@sluice/contract/ids'
import { and, eq } from 'drizzle-orm'
import { requireGateResultRow } from '../gates/index.ts'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { artifacts } from './tables.ts'

export interface Download {
  name: string
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
}

/** @throws SluiceError not_found */
export async function readArtifact(
  deps: CoreDeps,
  scope: Scope,
  artifactId: ArtifactId,
): Promise<Download> {
  const [row] = await deps.db.scoped(scope, (tx) =>
    tx
      .select()
      .from(artifacts)
      .where(and(eq(artifacts.workspaceId, scope.workspaceId), eq(artifacts.id, artifactId))),
  )
  if (row === undefined) throw notFound('artifact', artifactId)
  return {
    name: row.name,
    contentType: row.contentType,
    bytes: new Uint8Array(await readFile(deps.folders.artifact(artifactId))),
  }
}

/** The whole output of a gate; empty for one that has printed nothing yet. @throws SluiceError not_found */
export async function readGateOutput(
  deps: CoreDeps,
  scope: Scope,
  resultId: GateResultId,
): Promise<Download> {
  const row = await deps.db.scoped(scope, (tx) => requireGateResultRow(tx, scope, resultId))
  const bytes = await readFile(deps.folders.artifact(resultId)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    },
  )
  return {
    name: `${row.name.replaceAll(/[^\w.-]+/g, '-')}.log`,
    contentType: 'text/plain; charset=utf-8',
    bytes: new Uint8Array(bytes),
  }
}
