import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RunId } from '@sluice/contract/ids'
import type { RunStatus } from '@sluice/contract/run'
import type { Database } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'
import { createTestDatabase } from '@sluice/testing/database'
import type { TestDatabase } from '@sluice/testing/database'
import { createTestWorkspace } from '@sluice/testing/workspace'
import { createEngine } from '../engine.ts'
import type { EngineWithArtifacts } from '../engine.ts'
import type { EngineTuning } from '../tuning.ts'
import { findRun, listSteps } from '../queries.ts'
import type { RunRow, StartRun, StepRow } from '../types.ts'
import { quickTuning } from './tuning.ts'

export interface EngineFixture {
  engine: EngineWithArtifacts
  database: TestDatabase
  db: Database
  warnings: string[]
  workspace(): Promise<Scope>
  start(scope: Scope, run: StartRun): Promise<RunId>
  /** Starts a run and waits for its end. */
  run(scope: Scope, run: StartRun): Promise<RunRow>
  settled(scope: Scope, runId: RunId, statuses?: RunStatus[]): Promise<RunRow>
  find(scope: Scope, runId: RunId): Promise<RunRow>
  steps(scope: Scope, runId: RunId): Promise<StepRow[]>
  signal(scope: Scope, runId: RunId, topic: string, payload: unknown): Promise<void>
  cancel(scope: Scope, runId: RunId, reason: string): Promise<void>
  events(runId: RunId): Promise<{ type: string; payload: Record<string, unknown> }[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** An engine on a database of its own. Register kinds on `engine`, then launch it. */
export async function openEngine(
  options: { executes?: boolean; tuning?: Partial<EngineTuning>; random?: () => number } = {},
): Promise<EngineFixture> {
  const database = await createTestDatabase({ systemPoolSize: 8 })
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-engine-'))
  const warnings: string[] = []
  const { db } = database
  const engine = createEngine({
    database: db,
    databaseUrl: database.url,
    artifactFolder: folder,
    executes: options.executes ?? true,
    roles: ['worker'],
    version: 'test',
    onWarning: (message, data) => warnings.push(`${message} ${JSON.stringify(data)}`),
    random: options.random,
    tuning: { ...quickTuning, ...options.tuning },
  })
  const fixture: EngineFixture = {
    engine,
    database,
    db,
    warnings,
    workspace: async () => (await createTestWorkspace(db)).scope,
    start: (scope, run) => db.scoped(scope, (tx) => engine.start(tx, scope, run)),
    run: async (scope, run) => engine.settled(scope, await fixture.start(scope, run)),
    settled: (scope, runId, statuses) => engine.settled(scope, runId, statuses ? { statuses } : {}),
    find: async (scope, runId) => {
      const found = await db.scoped(scope, (tx) => findRun(tx, scope, runId))
      if (!found) throw new Error(`no run ${runId}`)
      return found
    },
    steps: (scope, runId) => db.scoped(scope, (tx) => listSteps(tx, scope, runId)),
    signal: (scope, runId, topic, payload) =>
      db.scoped(scope, (tx) => engine.signal(tx, scope, runId, topic, payload)),
    cancel: (scope, runId, reason) =>
      db.scoped(scope, (tx) => engine.cancel(tx, scope, runId, reason)),
    events: (runId) =>
      db.querySystem('select type, payload from events where stream = $1 order by seq', [
        `run:${runId}`,
      ]),
    async [Symbol.asyncDispose]() {
      await engine.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return fixture
}
