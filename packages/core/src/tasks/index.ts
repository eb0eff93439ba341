export { readArtifact, readGateOutput, type Download } from './artifacts.ts'
export { cancelTask } from './cancel.ts'
export { continueTask, createTask, retryTask, updateQueuedTask } from './create.ts'
export {
  approveTask,
  commitTask,
  editMessage,
  rejectTask,
  requestChanges,
  rerunGates,
  undoReject,
} from './decisions.ts'
export { landingRun, landTask } from './land.ts'
export { pruneCachedCheckouts, removeLeftoverCheckouts, unmountWorkingTrees } from './leftovers.ts'
export { forgetOldRuns, sweepArtifacts, tidyShadows } from './retention.ts'
export { sessionCleanupRun, taskCleanupRun } from './run/cleanup-runs.ts'
export { taskRun } from './run/task-run.ts'
export { gateTryRun, tryGate } from './try-gate.ts'
