import { z } from 'zod'
import { CommentId, TaskId } from '../ids.ts'
import { ChangeList, Comment, CommentInput, FilePatch } from '../review.ts'
import { Done, operation } from './operation.ts'

const read = { role: 'viewer', scope: 'read' } as const
const write = { role: 'editor', scope: 'tasks' } as const
const byTask = z.object({ taskId: TaskId })
const Path = z.string().min(1).max(4096)

export const review = {
  changes: operation('GET', '/tasks/{taskId}/changes', {
    summary: 'The files that the task changes, with counts',
    tag: 'Review',
    access: read,
  })
    .input(byTask)
    .output(ChangeList),
  patch: operation('GET', '/tasks/{taskId}/patch', {
    summary: "One file's unified patch",
    tag: 'Review',
    access: read,
  })
    .input(
      byTask.extend({
        path: Path,
        context: z.coerce.number().int().min(0).max(100_000).default(3),
        ignoreWhitespace: z.stringbool().or(z.boolean()).default(false),
        force: z.stringbool().or(z.boolean()).default(false).describe('Also when it is very large'),
      }),
    )
    .output(FilePatch),
  file: operation('GET', '/tasks/{taskId}/file', {
    summary: 'A file as bytes, before or after the change',
    tag: 'Review',
    access: read,
  })
    .input(byTask.extend({ path: Path, side: z.enum(['old', 'new']).default('new') }))
    .output(z.file()),
  comments: operation('GET', '/tasks/{taskId}/comments', {
    summary: 'List comments',
    tag: 'Review',
    access: read,
  })
    .input(byTask)
    .output(z.object({ items: z.array(Comment) })),
  comment: operation('POST', '/tasks/{taskId}/comments', {
    summary: 'Comment on lines; it stays a draft until it is sent with a request for changes',
    tag: 'Review',
    access: write,
    successStatus: 201,
  })
    .input(byTask.extend(CommentInput.shape))
    .output(Comment),
  editComment: operation('PATCH', '/comments/{commentId}', {
    summary: 'Change a comment',
    tag: 'Review',
    access: write,
  })
    .input(
      z.object({
        commentId: CommentId,
        body: CommentInput.shape.body.optional(),
        status: z.enum(['draft', 'resolved']).optional(),
      }),
    )
    .output(Comment),
  removeComment: operation('DELETE', '/comments/{commentId}', {
    summary: 'Delete a comment',
    tag: 'Review',
    access: write,
  })
    .input(z.object({ commentId: CommentId }))
    .output(Done),
}
