import { z } from 'zod'

/**
 * Every id is `<prefix>_<32 hex digits>`: the prefix says what it names wherever it is
 * read (a log line, an address), the digits are a UUID of version 7, so ids sort by age.
 */
const idOf = <const P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), `must be an id that starts with "${prefix}_"`)
    .brand<P>()

export const WorkspaceId = idOf('wks')
export type WorkspaceId = z.infer<typeof WorkspaceId>
export const UserId = idOf('usr')
export type UserId = z.infer<typeof UserId>
export const MemberId = idOf('mem')
export type MemberId = z.infer<typeof MemberId>
export const InvitationId = idOf('inv')
export type InvitationId = z.infer<typeof InvitationId>
export const ApiKeyId = idOf('key')
export type ApiKeyId = z.infer<typeof ApiKeyId>
export const RepositoryId = idOf('rep')
export type RepositoryId = z.infer<typeof RepositoryId>
export const GateId = idOf('gat')
export type GateId = z.infer<typeof GateId>
export const GateResultId = idOf('grs')
export type GateResultId = z.infer<typeof GateResultId>
export const SessionId = idOf('ses')
export type SessionId = z.infer<typeof SessionId>
export const TaskId = idOf('tsk')
export type TaskId = z.infer<typeof TaskId>
export const CheckpointId = idOf('chk')
export type CheckpointId = z.infer<typeof CheckpointId>
export const CommentId = idOf('cmt')
export type CommentId = z.infer<typeof CommentId>
export const ProviderId = idOf('prv')
export type ProviderId = z.infer<typeof ProviderId>
export const RunId = idOf('run')
export type RunId = z.infer<typeof RunId>
export const ArtifactId = idOf('art')
export type ArtifactId = z.infer<typeof ArtifactId>
export const AttachmentId = idOf('att')
export type AttachmentId = z.infer<typeof AttachmentId>
export const AuditEntryId = idOf('aud')
export type AuditEntryId = z.infer<typeof AuditEntryId>
export const MessageId = idOf('msg')
export type MessageId = z.infer<typeof MessageId>

interface IdByPrefix {
  wks: WorkspaceId
  usr: UserId
  mem: MemberId
  inv: InvitationId
  key: ApiKeyId
  rep: RepositoryId
  gat: GateId
  grs: GateResultId
  ses: SessionId
  tsk: TaskId
  chk: CheckpointId
  cmt: CommentId
  prv: ProviderId
  run: RunId
  art: ArtifactId
  att: AttachmentId
  aud: AuditEntryId
  msg: MessageId
}
export type IdPrefix = keyof IdByPrefix

/**
 * Makes a new id (RFC 9562, UUID version 7: 48 bits of milliseconds, then random bits).
 * @param nowMs milliseconds since the epoch; pass the clock's where tests need order
 */
export function createId<P extends IdPrefix>(prefix: P, nowMs: number = Date.now()): IdByPrefix[P] {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let time = nowMs
  for (let index = 5; index >= 0; index--) {
    bytes[index] = time % 256
    time = Math.floor(time / 256)
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${prefix}_${hex}` as IdByPrefix[P]
}
