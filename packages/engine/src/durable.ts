import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import type { StoredRun } from './rows.ts'
import { pause } from './wakeups.ts'

/** What the durable engine underneath (DBOS Transact) does for us. The only file that knows its calls, beside run-context.ts. */
export interface Durable {
  /** Brings its schema up to date, one process after the other, and launches it. */
  launch(): Promise<void>
  /** Begins, forks or rewinds the workflow of a run that has been given its slot. Safe to call again. */
  begin(run: StoredRun): Promise<void>
  /** Ids of open workflows that an executor held. */
  openOf(executorId: string): Promise<string[]>
  /** Puts workflows back in line, so that any living worker goes on with them; their former executor can record nothing more. */
  resume(ids: string[]): Promise<void>
  /** Whether the workflow is there and not ended, so that it will be (or is being) executed. */
  isOpen(id: string): Promise<boolean>
  /** Deletes all that it holds of ended workflows. Those that it does not know are none. */
  remove(ids: string[]): Promise<void>
  shutdown(): Promise<void>
}

export interface DurableOptions {
  databaseUrl: string
  executorId: string
  body: (runId: string) => Promise<void>
  resumePollMs: number
  poolSize: number
  onWarning: (message: string, data: Record<string, unknown>) => void
}

const schema = 'dbos'
const migrationLockKey = 7_583_420_062
const migrationRetryMs = 50
const resumeQueue = 'sluice.resume'
const openStatuses = ['PENDING', 'ENQUEUED', 'DELAYED']

/** There is one per process: DBOS keeps its registry and its connection in globals. */
export function createDurable(options: DurableOptions): Durable {
  const { databaseUrl, executorId, onWarning } = options
  const workflow = DBOS.registerWorkflow(
    async () => {
      // Not an argument: a fork is given the arguments of the run that it came from.
      await options.body(DBOS.workflowID!)
    },
    { name: 'run', maxRecoveryAttempts: 1_000_000 },
  )

  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: `sluice durable ${executorId}`,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A frozen process must not hold its locks for longer than this, or nobody could take over from it.
    idle_in_transaction_session_timeout: 10_000,
  })
  pool.on('error', (error) =>
    onWarning('A connection of the durable engine broke', { error: error.message }),
  )

  const statusOf = async (id: string) => (await DBOS.getWorkflowStatus(id))?.status

  const underMigrationLock = async (work: () => Promise<void>): Promise<void> => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'sluice engine migration',
      connectionTimeoutMillis: 5_000,
    })
    client.on('error', (error) =>
      onWarning('The connection of the engine migration broke', { error: error.message }),
    )
    await client.connect()
    try {
      // Asked for again and again rather than waited for: a waiting statement would hold up the
      // indexes that the migration builds concurrently, and both would wait for each other.
      while (!(await tryMigrationLock(client))) await pause(migrationRetryMs)
      await work()
    } finally {
      // Ending the session frees the lock.
      await client.end()
    }
  }

  return {
    async launch() {
      DBOS.setConfig({
        name: 'sluice',
        systemDatabaseUrl: databaseUrl,
        systemDatabaseSchemaName: schema,
        systemDatabasePool: pool,
        executorID: executorId,
        // Without it a change of any workflow's code leaves old runs pending in silence.
        enablePatching: true,
        runMigrations: true,
        useListenNotify: false,
        logger: {
          info: () => {},
          debug: () => {},
          warn: (entry) => onWarning('Durable engine', { entry: String(entry) }),
          error: (entry, metadata) =>
            onWarning('Durable engine', { entry: String(entry), stack: metadata?.stack }),
        },
      })
      // Processes that migrate an empty database together fail: all but one would find half a schema.
      await underMigrationLock(async () => await DBOS.launch())
      await DBOS.registerQueue(resumeQueue, {
        minPollingIntervalMs: options.resumePollMs,
        onConflict: 'always_update',
      })
    },

    async begin(run) {
      if (run.launch_at !== null || run.forked_from !== null) {
        const status = await statusOf(run.id)
        if (status !== undefined && openStatuses.includes(status)) return
        if (status === undefined && run.forked_from !== null) {
          await DBOS.forkWorkflow(run.forked_from, run.launch_at ?? 0, {
            newWorkflowID: run.id,
            queueName: resumeQueue,
          })
          return
        }
        if (status !== undefined) {
          await DBOS.rewindWorkflow(run.id, {
            startStep: run.launch_at ?? 0,
            queueName: resumeQueue,
          })
          return
        }
      }
      const handle = await DBOS.startWorkflow(workflow, { workflowID: run.id })()
      // The outcome stands in `runs`; this promise only rejects when the process shuts down around it.
      handle
        .getResult()
        .catch((error: unknown) =>
          onWarning('A workflow ended outside its run', { runId: run.id, error: String(error) }),
        )
    },

    async openOf(id) {
      const found = await DBOS.listWorkflows({
        executorId: id,
        status: 'PENDING',
        loadInput: false,
        loadOutput: false,
      })
      return found.map((one) => one.workflowID)
    },

    async resume(ids) {
      if (ids.length > 0) await DBOS.resumeWorkflows(ids, { queueName: resumeQueue })
    },

    async isOpen(id) {
      const status = await statusOf(id)
      return status !== undefined && openStatuses.includes(status)
    },

    remove: (ids) => DBOS.deleteWorkflows(ids),

    async shutdown() {
      await DBOS.shutdown({ deregister: true })
      await pool.end()
    },
  }
}

async function tryMigrationLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock($1) as taken',
    [migrationLockKey],
  )
  return rows[0]?.taken ?? false
}
