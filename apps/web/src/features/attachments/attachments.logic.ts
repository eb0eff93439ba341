import type { Attachment } from '@sluice/contract/attachment'
import { formatBytes } from '../../ui/format.ts'

// As the contract has them; its schemas would come into the first chunk of the page.
export const mostAttachments = 10
export const mostBytes = 5 * 1024 * 1024
/** What the file chooser offers; the server looks at the bytes. */
export const acceptedFiles =
  'image/png,image/jpeg,image/gif,image/webp,text/*,.log,.json,.md,.csv,.yaml,.yml'

/** A file on its way to the server, there, or refused with the reason. */
export type Given = { key: string; name: string } & (
  | { state: 'sending' }
  | { state: 'stored'; attachment: Attachment }
  | { state: 'refused'; problem: string }
)

/** Why a file is not even sent; undefined where it is. */
export function refusalOf(file: Pick<File, 'size'>, given: readonly Given[]): string | undefined {
  if (given.filter(({ state }) => state !== 'refused').length >= mostAttachments)
    return `At most ${mostAttachments} can be attached.`
  if (file.size > mostBytes)
    return `${formatBytes(file.size)} is too large; at most ${formatBytes(mostBytes)}.`
  if (file.size === 0) return 'The file is empty.'
  return undefined
}

/** What a draft kept; anything else in its place is no draft. */
export function readKept(text: string | null): Given[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept)
      ? (kept as Attachment[])
          .filter(({ id }) => typeof id === 'string')
          .map((attachment) => ({
            key: attachment.id,
            name: attachment.name,
            state: 'stored' as const,
            attachment,
          }))
      : []
  } catch {
    return []
  }
}

export const storedOf = (given: readonly Given[]): Attachment[] =>
  given.flatMap((one) => (one.state === 'stored' ? [one.attachment] : []))

export const isImage = ({ contentType }: Pick<Attachment, 'contentType'>): boolean =>
  contentType.startsWith('image/')
