import type { Comment } from '@sluice/contract/review'
import type { Task } from '@sluice/contract/task'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, client } from '../../app/api.ts'
import { notifyError } from '../../ui/notify.ts'
import type { CommentActions } from './comment-thread.tsx'
import type { Range } from './comments.logic.ts'

/** The comments of a task, and what can be done with them; each change waits for the server's word. */
export function useComments(taskId: Task['id']): {
  comments: readonly Comment[]
  add: (range: Range, body: string) => Promise<boolean>
  actions: CommentActions
} {
  const queryClient = useQueryClient()
  const query = useQuery(api.review.comments.queryOptions({ input: { taskId } }))
  async function change(failure: string, call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call()
      await queryClient.invalidateQueries({ queryKey: api.review.comments.key() })
      return true
    } catch (cause) {
      notifyError(failure, cause)
      return false
    }
  }
  return {
    comments: query.data?.items ?? [],
    add: (range, body) =>
      change('The comment was not saved; its text is kept', () =>
        client.review.comment({ taskId, ...range, body }),
      ),
    actions: {
      edit: (comment, body) =>
        change('The comment was not changed', () =>
          client.review.editComment({ commentId: comment.id, body }),
        ),
      resolve: (comment) =>
        change('The comment was not resolved', () =>
          client.review.editComment({ commentId: comment.id, status: 'resolved' }),
        ),
      reopen: (comment) =>
        change('The comment was not opened again', () =>
          client.review.editComment({ commentId: comment.id, status: 'draft' }),
        ),
      remove: (comment) =>
        change('The comment was not deleted', () =>
          client.review.removeComment({ commentId: comment.id }),
        ),
    },
  }
}
