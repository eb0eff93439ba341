import { z } from 'zod'
import { AttachmentId } from './ids.ts'

/** Fits, written in base64, into the largest request that is taken. */
export const maxAttachmentBytes = 5 * 1024 * 1024
/** A text becomes a part of the prompt. */
export const maxAttachedTextBytes = 200 * 1024
export const maxAttachments = 10

/** What is given along with a prompt: an image that the model looks at, or a text that it reads. */
export const Attachment = z.object({
  id: AttachmentId,
  name: z.string(),
  contentType: z.string().describe('Found out from the bytes, whatever the name says'),
  sizeBytes: z.number().int(),
})
export type Attachment = z.infer<typeof Attachment>

export const AttachmentInput = z.object({
  name: z.string().min(1).max(500).describe('Folders before it are dropped'),
  contentBase64: z.base64().max(Math.ceil(maxAttachmentBytes / 3) * 4),
})
export type AttachmentInput = z.infer<typeof AttachmentInput>

export const AttachmentIds = z.array(AttachmentId).max(maxAttachments)
