export { abandonIdleSessions } from './abandon.ts'
export { createSession, titleOf } from './create.ts'
export {
  completeSession,
  pauseSession,
  removeSession,
  restoreCheckpoint,
  resumeSession,
  sessionCleanupKind,
  updateSession,
} from './lifecycle.ts'
export {
  getSession,
  getTask,
  listCheckpoints,
  listSessions,
  listTasks,
  requireSessionRow,
  requireTask,
  requireTaskRow,
} from './queries.ts'
export { enqueueTask, startNextTask, startTaskRun, taskRunKind, type TaskEntry } from './queue.ts'
export {
  checkpoints,
  sessions,
  tasks,
  type SessionRow,
  type TaskDecision,
  type TaskRow,
} from './tables.ts'
export { cancellable, underReview } from './task-actions.ts'
export {
  announceTask,
  describeTask,
  moveSession,
  moveTask,
  type TaskTransition,
} from './transition.ts'
