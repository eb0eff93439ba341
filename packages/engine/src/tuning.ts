/** Times in milliseconds. */
export interface EngineTuning {
  /** Slots of a workspace without a limit of its own. */
  defaultConcurrency: number
  /** Runs that this process executes at once, waiting ones excepted; more stay queued. */
  capacity: number
  heartbeatMs: number
  /** After so long without a heartbeat a worker that still holds its lock counts as frozen. */
  staleMs: number
  /** How often to look for dead workers. */
  rescueMs: number
  /** After so long a run that is this worker's and not in its memory is taken back. */
  lostMs: number
  /** How often to look for work whose hint was lost. */
  sweepMs: number
  /** How long a step may take to stop once its signal is aborted. */
  graceMs: number
  /** How often taken-over, forked and replayed runs are looked for. */
  resumePollMs: number
  durablePoolSize: number
}

/** What holds where nothing else is said. */
export const defaultTuning: EngineTuning = {
  defaultConcurrency: 4,
  capacity: 32,
  heartbeatMs: 15_000,
  staleMs: 45_000,
  lostMs: 30_000,
  rescueMs: 1_000,
  sweepMs: 2_000,
  graceMs: 5_000,
  resumePollMs: 250,
  durablePoolSize: 8,
}
