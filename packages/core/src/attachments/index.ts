export {
  createAttachment,
  listAttachments,
  readAttachment,
  removeUnusedAttachments,
  requireAttachments,
} from './attachments.ts'
export { textType } from './recognise.ts'
