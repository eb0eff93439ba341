import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  maxAttachedTextBytes,
  maxAttachmentBytes,
  type Attachment,
  type AttachmentInput,
} from '@sluice/contract/attachment'
import { notFound, SluiceError } from '@sluice/contract/errors'
import { createId, type AttachmentId } from '@sluice/contract/ids'
import type { Tx } from '@sluice/db/database'
import { and, eq, inArray } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { plainName, recognise } from './recognise.ts'
import { attachments } from './tables.ts'

type Row = typeof attachments.$inferSelect

const toAttachment = ({ id, name, contentType, sizeBytes }: Row): Attachment => ({
  id,
  name,
  contentType,
  sizeBytes,
})

/** Stores what will be given along with a prompt. @throws SluiceError too_large, invalid_input (neither image nor text) */
export async function createAttachment(
  deps: CoreDeps,
  scope: Scope,
  input: AttachmentInput,
): Promise<Attachment> {
  const bytes = Buffer.from(input.contentBase64, 'base64')
  const name = plainName(input.name)
  if (bytes.length > maxAttachmentBytes)
    throw new SluiceError('too_large', `${name} is larger than 5 MB.`, {
      details: { field: 'contentBase64', maxBytes: maxAttachmentBytes },
    })
  const contentType = recognise(bytes)
  if (contentType === undefined || bytes.length === 0)
    throw new SluiceError(
      'invalid_input',
      `${name} is no image (PNG, JPEG, GIF, WebP) and no text of up to ${maxAttachedTextBytes / 1024} kB. Put other files into the repository, where the agent can work with them.`,
      { details: { field: 'contentBase64' } },
    )
  const id = createId('att')
  const path = deps.folders.artifact(id)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.part`, bytes, { mode: 0o600, flush: true })
  await rename(`${path}.part`, path)
  try {
    const [row] = await deps.db.scoped(scope, (tx) =>
      tx
        .insert(attachments)
        .values({
          id,
          workspaceId: scope.workspaceId,
          name,
          contentType,
          sizeBytes: bytes.length,
          createdBy: scope.actor,
          createdAt: deps.clock.now(),
        })
        .returning(),
    )
    return toAttachment(row!)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** Those of the ids that the workspace has, by id. */
export async function listAttachments(
  tx: Tx,
  scope: Scope,
  ids: readonly AttachmentId[],
): Promise<Map<AttachmentId, Attachment>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(attachments)
    .where(and(eq(attachments.workspaceId, scope.workspaceId), inArray(attachments.id, [...ids])))
  return new Map(rows.map((row) => [row.id, toAttachment(row)]))
}

/** @throws SluiceError not_found, for the first that the workspace does not have */
export async function requireAttachments(
  tx: Tx,
  scope: Scope,
  ids: readonly AttachmentId[],
): Promise<Attachment[]> {
  const known = await listAttachments(tx, scope, ids)
  return ids.map((id) => {
    const attachment = known.get(id)
    if (attachment === undefined) throw notFound('attachment', id)
    return attachment
  })
}

/** @throws SluiceError not_found */
export async function readAttachment(
  deps: Pick<CoreDeps, 'db' | 'folders'>,
  scope: Scope,
  id: AttachmentId,
): Promise<{ name: string; contentType: string; bytes: Uint8Array<ArrayBuffer> }> {
  const [attachment] = await deps.db.scoped(scope, (tx) => requireAttachments(tx, scope, [id]))
  return {
    name: attachment!.name,
    contentType: attachment!.contentType,
    bytes: new Uint8Array(await readFile(deps.folders.artifact(id))),
  }
}

/** Deletes what was stored a day ago and no prompt has. Its file goes with the sweep of artifacts. @returns how many */
export async function removeUnusedAttachments(
  deps: Pick<CoreDeps, 'db' | 'clock'>,
): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - 86_400_000)
  const rows = await deps.db.querySystem<{ id: string }>(
    `delete from attachments a where created_at < $1
       and not exists (select from tasks t where t.attachment_ids @> array[a.id]) returning id`,
    [before.toISOString()],
  )
  return rows.length
}
