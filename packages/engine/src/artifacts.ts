import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'drizzle-orm'
import { notFound } from '@sluice/contract/errors'
import { createId } from '@sluice/contract/ids'
import type { ArtifactId } from '@sluice/contract/ids'
import type { Database, Tx } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'
import type { LiveRun } from './live-run.ts'
import { requireOwned } from './records.ts'
import { toDate } from './rows.ts'

/** Content up to this size stands in the row; more becomes a file. */
const inlineLimitBytes = 64 * 1024

export interface NewArtifact {
  position: number
  name: string
  contentType: string
  content: Uint8Array | string
}

export interface ArtifactRow {
  id: ArtifactId
  runId: string
  name: string
  contentType: string
  sizeBytes: number
  createdAt: Date
}

export interface ArtifactStore {
  /** @throws RunFenced */
  put(live: LiveRun, artifact: NewArtifact): Promise<ArtifactId>
  /** @throws SluiceError not_found */
  read(
    tx: Tx,
    scope: Pick<Scope, 'workspaceId'>,
    id: string,
  ): Promise<{ artifact: ArtifactRow; content: Uint8Array }>
}

/** @param folder where large artifacts are kept; made when first needed */
export function createArtifactStore(database: Database, folder: string): ArtifactStore {
  const fileOf = (id: string) => path.join(folder, id.slice(-2), id)

  return {
    async put(live, { position, name, contentType, content }) {
      const bytes =
        typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content)
      const isInline = bytes.byteLength <= inlineLimitBytes
      const id = createId('art')
      if (!isInline) {
        const file = fileOf(id)
        await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
        await writeFile(`${file}.part`, bytes, { mode: 0o600, flush: true })
        await rename(`${file}.part`, file)
      }
      try {
        const replaced = await database.system(async (tx) => {
          await requireOwned(tx, live)
          const before = await tx.execute<{ id: string }>(sql`
            delete from run_artifacts where run_id = ${live.id} and position = ${position} and name = ${name} returning id`)
          await tx.execute(sql`
            insert into run_artifacts (id, workspace_id, run_id, position, name, content_type, size_bytes, content)
            values (${id}, ${live.workspaceId}, ${live.id}, ${position}, ${name}, ${contentType}, ${bytes.byteLength}, ${isInline ? bytes : null})`)
          return before.rows.map((row) => row.id)
        })
        for (const old of replaced) await rm(fileOf(old), { force: true })
      } catch (error) {
        if (!isInline) await rm(fileOf(id), { force: true })
        throw error
      }
      return id
    },

    async read(tx, scope, id) {
      const { rows } = await tx.execute<StoredArtifact>(sql`
        select * from run_artifacts where id = ${id} and workspace_id = ${scope.workspaceId}`)
      const row = rows[0]
      if (!row) throw notFound('artifact', id)
      const content = row.content ?? (await readFile(fileOf(row.id)))
      return { artifact: toArtifactRow(row), content }
    },
  }
}

/** A run's artifacts in the order of its steps, without their content. */
export async function listArtifacts(
  tx: Tx,
  scope: Pick<Scope, 'workspaceId'>,
  runId: string,
): Promise<ArtifactRow[]> {
  const { rows } = await tx.execute<StoredArtifact>(sql`
    select id, run_id, name, content_type, size_bytes, created_at from run_artifacts
    where run_id = ${runId} and workspace_id = ${scope.workspaceId} order by position, name`)
  return rows.map(toArtifactRow)
}

interface StoredArtifact extends Record<string, unknown> {
  id: ArtifactId
  run_id: string
  name: string
  content_type: string
  size_bytes: string
  content: Buffer | null
  created_at: string
}

const toArtifactRow = (row: StoredArtifact): ArtifactRow => ({
  id: row.id,
  runId: row.run_id,
  name: row.name,
  contentType: row.content_type,
  sizeBytes: Number(row.size_bytes),
  createdAt: toDate(row.created_at),
})
