import {
  addComment,
  editComment,
  listChanges,
  listComments,
  readChangedFile,
  readPatch,
  removeComment,
} from '@sluice/core/review'
import { done } from './answers.ts'
import { scoped } from './operations.ts'

const { review } = scoped

export const reviewOperations = {
  changes: review.changes.handler(({ context, input, signal }) =>
    listChanges(context.server.core, context.scope, input.taskId, signal),
  ),
  patch: review.patch.handler(({ context, input, signal }) =>
    readPatch(context.server.core, context.scope, input, signal),
  ),
  file: review.file.handler(async ({ context, input, signal }) => {
    const bytes = await readChangedFile(context.server.core, context.scope, input, signal)
    // Never a type that a browser would run in our origin.
    return new File([bytes], input.path.slice(input.path.lastIndexOf('/') + 1), {
      type: imageType(input.path) ?? 'application/octet-stream',
    })
  }),
  comments: review.comments.handler(async ({ context, input, signal }) => ({
    items: await listComments(context.server.core, context.scope, input.taskId, signal),
  })),
  comment: review.comment.handler(({ context, input, signal }) =>
    addComment(context.server.core, context.scope, input, signal),
  ),
  editComment: review.editComment.handler(({ context, input, signal }) =>
    editComment(context.server.core, context.scope, input, signal),
  ),
  removeComment: review.removeComment.handler(({ context, input }) =>
    done(removeComment(context.server.core, context.scope, input.commentId)),
  ),
}

const imageTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
}

function imageType(path: string): string | undefined {
  return imageTypes[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
}
