import { z } from 'zod'
import { Attachment, AttachmentIds, AttachmentInput } from '../attachment.ts'
import { AttachmentId, CheckpointId, ProviderId, RepositoryId, SessionId, TaskId } from '../ids.ts'
import { PageQuery, pageOf } from '../paging.ts'
import { SandboxProviderName } from '../repository.ts'
import { Checkpoint, Session, SessionGroup, SessionStatus, WorkspaceMode } from '../session.ts'
import { CommitMessage, Prompt, Task, TaskStatus } from '../task.ts'
import { Done, operation } from './operation.ts'

const read = { role: 'viewer', scope: 'read' } as const
const write = { role: 'editor', scope: 'tasks' } as const
const byId = z.object({ sessionId: SessionId })
const taskById = z.object({ taskId: TaskId })
const session = (verb: 'pause' | 'resume' | 'complete', summary: string) =>
  operation('POST', `/sessions/{sessionId}/${verb}`, { summary, tag: 'Sessions', access: write })
    .input(byId)
    .output(Session)
const task = <const V extends string>(verb: V, summary: string) =>
  operation('POST', `/tasks/{taskId}/${verb}`, { summary, tag: 'Tasks', access: write })

export const sessions = {
  list: operation('GET', '/sessions', {
    summary: 'List sessions, most recent activity first',
    tag: 'Sessions',
    access: read,
  })
    .input(
      PageQuery.extend({
        group: SessionGroup.optional(),
        status: SessionStatus.optional(),
        taskStatus: TaskStatus.optional(),
        repositoryId: RepositoryId.optional(),
        createdBy: z.string().max(100).optional(),
        search: z.string().max(200).optional(),
      }),
    )
    .output(pageOf(Session)),
  get: operation('GET', '/sessions/{sessionId}', {
    summary: 'One session',
    tag: 'Sessions',
    access: read,
  })
    .input(byId)
    .output(Session),
  create: operation('POST', '/sessions', {
    summary: 'Start a session with its first task',
    tag: 'Sessions',
    access: write,
    successStatus: 201,
  })
    .input(
      z.object({
        repositoryId: RepositoryId,
        prompt: Prompt,
        attachmentIds: AttachmentIds.optional(),
        title: z.string().trim().max(200).optional().describe('Else made from the prompt'),
        baseBranch: z.string().min(1).max(500).optional(),
        branch: z.string().min(1).max(200).optional().describe('Else made from the title'),
        mode: WorkspaceMode.default('isolated'),
        providerId: ProviderId.optional(),
        modelId: z.string().min(1).max(200).optional(),
        sandboxProvider: SandboxProviderName.optional(),
      }),
    )
    .output(z.object({ session: Session, task: Task })),
  update: operation('PATCH', '/sessions/{sessionId}', {
    summary: 'Change title, agent or model',
    tag: 'Sessions',
    access: write,
  })
    .input(
      byId.extend({
        title: z.string().trim().min(1).max(200).optional(),
        providerId: ProviderId.optional(),
        modelId: z.string().min(1).max(200).optional(),
      }),
    )
    .output(Session),
  pause: session('pause', 'Keep the queue from starting the next task'),
  resume: session('resume', 'Go on, and recover what was interrupted'),
  complete: session('complete', 'End a session and remove its working tree'),
  remove: operation('DELETE', '/sessions/{sessionId}', {
    summary: 'Delete a session with its history; commits stay',
    tag: 'Sessions',
    access: { role: 'admin', scope: 'tasks' },
  })
    .input(byId)
    .output(Done),
  checkpoints: operation('GET', '/sessions/{sessionId}/checkpoints', {
    summary: 'List checkpoints',
    tag: 'Sessions',
    access: read,
  })
    .input(byId)
    .output(z.object({ items: z.array(Checkpoint) })),
  restore: operation('POST', '/sessions/{sessionId}/restore', {
    summary: 'Let the next task of the session begin from a checkpoint',
    tag: 'Sessions',
    access: write,
  })
    .input(byId.extend({ checkpointId: CheckpointId }))
    .output(Session),
}

export const tasks = {
  list: operation('GET', '/tasks', {
    summary: 'List tasks, newest first',
    tag: 'Tasks',
    access: read,
  })
    .input(PageQuery.extend({ sessionId: SessionId.optional(), status: TaskStatus.optional() }))
    .output(pageOf(Task)),
  get: operation('GET', '/tasks/{taskId}', { summary: 'One task', tag: 'Tasks', access: read })
    .input(taskById)
    .output(Task),
  create: operation('POST', '/sessions/{sessionId}/tasks', {
    summary: 'Give the session a further prompt; it waits its turn',
    tag: 'Tasks',
    access: write,
    successStatus: 201,
  })
    .input(byId.extend({ prompt: Prompt, attachmentIds: AttachmentIds.optional() }))
    .output(Task),
  updateQueued: operation('PATCH', '/tasks/{taskId}', {
    summary: 'Change a task that waits in the queue: its prompt or its place',
    tag: 'Tasks',
    access: write,
  })
    .input(
      taskById.extend({ prompt: Prompt.optional(), position: z.number().int().min(0).optional() }),
    )
    .output(Task),
  cancel: task('cancel', 'Stop a task; a change it made is dropped').input(taskById).output(Task),
  retry: task('retry', 'Run the same prompt again as a new task, from the same base')
    .input(taskById)
    .output(Task),
  continue: task('continue', 'Go on with an interrupted or failed task where it stopped')
    .input(taskById)
    .output(Task),
  editMessage: operation('PUT', '/tasks/{taskId}/message', {
    summary: 'Change the commit message before approval',
    tag: 'Tasks',
    access: write,
  })
    .input(taskById.extend({ message: CommitMessage }))
    .output(Task),
  approve: task('approve', 'Approve the reviewed tree and commit exactly it')
    .input(
      taskById.extend({
        treeId: z
          .string()
          .max(100)
          .optional()
          .describe('The tree that was looked at; refused when another one stands'),
        message: CommitMessage.optional(),
        commit: z
          .boolean()
          .default(true)
          .describe('false approves now and commits with the operation `commit`'),
        then: z.enum(['leave', 'merge', 'push']).default('leave'),
      }),
    )
    .output(Task),
  commit: task('commit', 'Commit an approved task, or try again after a failure')
    .input(taskById)
    .output(Task),
  reject: task('reject', 'Reject; the repository is as before the task')
    .input(
      taskById.extend({
        reason: z.string().trim().max(20_000).default(''),
        useAsContext: z
          .boolean()
          .default(false)
          .describe("Put the reason before the session's next prompt"),
      }),
    )
    .output(Task),
  undoReject: task('undo-reject', 'Bring a rejected change back to review')
    .input(taskById)
    .output(Task),
  requestChanges: task('request-changes', 'Send the comments and a text back to the agent')
    .input(taskById.extend({ text: z.string().max(100_000).default('') }))
    .output(Task),
  rerunGates: task('rerun-gates', 'Run the gates again on the tree under review')
    .input(taskById)
    .output(Task),
  merge: task('merge', 'Merge the commit into the base branch').input(taskById).output(Task),
  push: task('push', 'Push the branch to its remote')
    .input(taskById.extend({ remote: z.string().min(1).max(200).optional() }))
    .output(Task),
  revert: task('revert', 'Make a commit that undoes this one, on the same branch')
    .input(taskById)
    .output(Task),
}

export const attachments = {
  create: operation('POST', '/attachments', {
    summary: 'Store an image or a text to be given along with a prompt',
    tag: 'Tasks',
    access: write,
    successStatus: 201,
  })
    .input(AttachmentInput)
    .output(Attachment),
  get: operation('GET', '/attachments/{attachmentId}', {
    summary: 'Download an attachment',
    tag: 'Tasks',
    access: read,
  })
    .input(z.object({ attachmentId: AttachmentId }))
    .output(z.file()),
}
