export { listChanges, readChangedFile, readPatch } from './changes.ts'
export {
  addComment,
  editComment,
  listComments,
  removeComment,
  takeDraftComments,
} from './comments.ts'
