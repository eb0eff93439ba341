import { createAttachment, readAttachment } from '@sluice/core/attachments'
import {
  completeSession,
  createSession,
  getSession,
  getTask,
  listCheckpoints,
  listSessions,
  listTasks,
  pauseSession,
  removeSession,
  restoreCheckpoint,
  resumeSession,
  updateSession,
} from '@sluice/core/sessions'
import {
  approveTask,
  cancelTask,
  commitTask,
  continueTask,
  createTask,
  editMessage,
  landTask,
  rejectTask,
  requestChanges,
  rerunGates,
  retryTask,
  undoReject,
  updateQueuedTask,
} from '@sluice/core/tasks'
import { done, toFile } from './answers.ts'
import { scoped } from './operations.ts'

const { sessions, tasks, attachments } = scoped

export const sessionOperations = {
  list: sessions.list.handler(({ context, input }) =>
    listSessions(context.server.core, context.scope, input),
  ),
  get: sessions.get.handler(({ context, input }) =>
    getSession(context.server.core, context.scope, input.sessionId),
  ),
  create: sessions.create.handler(({ context, input, signal }) =>
    createSession(context.server.core, context.scope, input, signal),
  ),
  update: sessions.update.handler(({ context, input: { sessionId, ...change } }) =>
    updateSession(context.server.core, context.scope, sessionId, change),
  ),
  pause: sessions.pause.handler(({ context, input }) =>
    pauseSession(context.server.core, context.scope, input.sessionId),
  ),
  resume: sessions.resume.handler(({ context, input }) =>
    resumeSession(context.server.core, context.scope, input.sessionId),
  ),
  complete: sessions.complete.handler(({ context, input }) =>
    completeSession(context.server.core, context.scope, input.sessionId),
  ),
  remove: sessions.remove.handler(({ context, input }) =>
    done(removeSession(context.server.core, context.scope, input.sessionId)),
  ),
  checkpoints: sessions.checkpoints.handler(async ({ context, input }) => ({
    items: await listCheckpoints(context.server.core, context.scope, input.sessionId),
  })),
  restore: sessions.restore.handler(({ context, input }) =>
    restoreCheckpoint(context.server.core, context.scope, input.sessionId, input.checkpointId),
  ),
}

export const taskOperations = {
  list: tasks.list.handler(({ context, input }) =>
    listTasks(context.server.core, context.scope, input),
  ),
  get: tasks.get.handler(({ context, input }) =>
    getTask(context.server.core, context.scope, input.taskId),
  ),
  create: tasks.create.handler(({ context, input }) =>
    createTask(context.server.core, context.scope, input),
  ),
  updateQueued: tasks.updateQueued.handler(({ context, input }) =>
    updateQueuedTask(context.server.core, context.scope, input),
  ),
  cancel: tasks.cancel.handler(({ context, input }) =>
    cancelTask(context.server.core, context.scope, input.taskId),
  ),
  retry: tasks.retry.handler(({ context, input }) =>
    retryTask(context.server.core, context.scope, input.taskId),
  ),
  continue: tasks.continue.handler(({ context, input }) =>
    continueTask(context.server.core, context.scope, input.taskId),
  ),
  editMessage: tasks.editMessage.handler(({ context, input }) =>
    editMessage(context.server.core, context.scope, input),
  ),
  approve: tasks.approve.handler(({ context, input }) =>
    approveTask(context.server.core, context.scope, {
      ...input,
      author: { name: context.user.name, email: context.user.email },
    }),
  ),
  commit: tasks.commit.handler(({ context, input }) =>
    commitTask(context.server.core, context.scope, {
      ...input,
      author: { name: context.user.name, email: context.user.email },
    }),
  ),
  reject: tasks.reject.handler(({ context, input }) =>
    rejectTask(context.server.core, context.scope, input),
  ),
  undoReject: tasks.undoReject.handler(({ context, input }) =>
    undoReject(context.server.core, context.scope, input.taskId),
  ),
  requestChanges: tasks.requestChanges.handler(({ context, input }) =>
    requestChanges(context.server.core, context.scope, input),
  ),
  rerunGates: tasks.rerunGates.handler(({ context, input }) =>
    rerunGates(context.server.core, context.scope, input.taskId),
  ),
  merge: tasks.merge.handler(({ context, input }) =>
    landTask(context.server.core, context.scope, input.taskId, { verb: 'merge' }),
  ),
  push: tasks.push.handler(({ context, input }) =>
    landTask(context.server.core, context.scope, input.taskId, {
      verb: 'push',
      remote: input.remote,
    }),
  ),
  revert: tasks.revert.handler(({ context, input }) =>
    landTask(context.server.core, context.scope, input.taskId, { verb: 'revert' }),
  ),
}

export const attachmentOperations = {
  create: attachments.create.handler(({ context, input }) =>
    createAttachment(context.server.core, context.scope, input),
  ),
  get: attachments.get.handler(async ({ context, input }) =>
    toFile(await readAttachment(context.server.core, context.scope, input.attachmentId)),
  ),
}
