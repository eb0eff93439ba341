import { z } from 'zod'
import { RepositoryId, SessionId, TaskId } from './ids.ts'
import { Timestamp } from './paging.ts'

/** Something that waits for the caller. */
export const InboxItem = z.object({
  id: z.string(),
  kind: z.enum(['review', 'gates_failed', 'failed', 'interrupted']),
  title: z.string(),
  text: z.string(),
  sessionId: SessionId,
  taskId: TaskId,
  repositoryId: RepositoryId,
  repositoryName: z.string(),
  since: Timestamp,
  snoozedUntil: Timestamp.nullable(),
  canApprove: z.boolean(),
})
export type InboxItem = z.infer<typeof InboxItem>
