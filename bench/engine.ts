import { createId } from '@sluice/contract/ids'
import { openDatabase } from '@sluice/db/database'
import type { Database } from '@sluice/db/database'
import { migrate } from '@sluice/db/migrate'
import { systemScope } from '@sluice/db/scope'
import type { Scope } from '@sluice/db/scope'
import { createEngine } from '@sluice/engine/engine'
import type { EngineWithArtifacts } from '@sluice/engine/engine'
import type { BenchContext } from './context.ts'
import { type Figure, percentile } from './figure.ts'

const shortRuns = 200
const longRunSteps = 1_200
const lateSteps = 200

/** Durable steps, starts and answers of the run engine, against a bare committed insert on the same Postgres. */
export async function benchEngine(context: BenchContext): Promise<Figure[]> {
  const url = await context.postgresUrl()
  await migrate({ url })
  await using db = openDatabase({
    url,
    systemPoolSize: 8,
    onError: (error) => context.log(String(error)),
  })
  const scope = await createWorkspace(db)
  const engine = createEngine({
    database: db,
    databaseUrl: url,
    artifactFolder: context.folder,
    executes: true,
    roles: ['worker'],
    version: 'bench',
    onWarning: (message, data) => context.log(`${message} ${JSON.stringify(data)}`),
  })
  const samples = new Map<string, number[]>()
  const begun = new Map<string, number>()
  engine.register<{ steps: number }, void>({
    kind: 'steps',
    input: { parse: (value) => value as { steps: number } },
    start: 'direct',
    async execute(run, { steps }) {
      begun.set(run.runId, performance.now())
      const took: number[] = []
      for (let n = 0; n < steps; n++) {
        const before = performance.now()
        await run.step('work', async () => n)
        took.push(performance.now() - before)
      }
      samples.set(run.runId, took)
    },
  })
  engine.register<{ answers: number }, void>({
    kind: 'answers',
    input: { parse: (value) => value as { answers: number } },
    start: 'direct',
    async execute(run, { answers }) {
      const took: number[] = []
      for (let n = 0; n < answers; n++) {
        const sent = await run.wait<number>('answer')
        took.push(performance.now() - sent!)
      }
      samples.set(run.runId, took)
    },
  })
  await engine.launch()
  try {
    const inserts = await measureInserts(db, scope)
    context.log(`${shortRuns} runs of one step`)
    const starts: number[] = []
    const first: number[] = []
    for (let n = 0; n < shortRuns; n++) {
      context.signal.throwIfAborted()
      const before = performance.now()
      const id = await db.scoped(scope, (tx) =>
        engine.start(tx, scope, { kind: 'steps', input: { steps: 1 } }),
      )
      await engine.settled(scope, id, { signal: context.signal })
      starts.push(begun.get(id)! - before)
      first.push(samples.get(id)![0]!)
    }
    context.log(`one run of ${longRunSteps} steps`)
    const long = await db.scoped(scope, (tx) =>
      engine.start(tx, scope, { kind: 'steps', input: { steps: longRunSteps } }),
    )
    await engine.settled(scope, long, { signal: context.signal })
    const late = samples.get(long)!.slice(-lateSteps)
    const answers = await measureAnswers(db, scope, engine, samples, context.signal)
    const floor = (share: number) => percentile(inserts, share)
    const figure = (name: string, values: number[], share: number): Figure => ({
      name: `${name}, p${share * 100}`,
      unit: 'ms',
      value: percentile(values, share),
      floor: floor(share),
    })
    return [
      figure('durable step at step 1 (floor: bare insert)', first, 0.5),
      figure('durable step at step 1 (floor: bare insert)', first, 0.99),
      figure('durable step at step 1,000 (floor: bare insert)', late, 0.5),
      figure('durable step at step 1,000 (floor: bare insert)', late, 0.99),
      figure('start of an interactive run to its code (floor: bare insert)', starts, 0.5),
      figure('start of an interactive run to its code (floor: bare insert)', starts, 0.99),
      figure('answer to a waiting run until it goes on (floor: bare insert)', answers, 0.5),
      figure('answer to a waiting run until it goes on (floor: bare insert)', answers, 0.99),
    ]
  } finally {
    await engine.close()
  }
}

async function measureInserts(db: Database, scope: Scope): Promise<number[]> {
  await db.querySystem('select 1')
  const took: number[] = []
  for (let n = 0; n < 500; n++) {
    const before = performance.now()
    await db.querySystem(
      `insert into idempotency_keys (workspace_id, caller, operation, key, fingerprint, expires_at) values ($1, 'bench', 'bench', $2, 'x', now())`,
      [scope.workspaceId, `key ${n}`],
    )
    took.push(performance.now() - before)
  }
  return took
}

async function measureAnswers(
  db: Database,
  scope: Scope,
  engine: EngineWithArtifacts,
  samples: Map<string, number[]>,
  signal: AbortSignal,
): Promise<number[]> {
  const count = 100
  const id = await db.scoped(scope, (tx) =>
    engine.start(tx, scope, { kind: 'answers', input: { answers: count } }),
  )
  for (let n = 0; n < count; n++) {
    await engine.settled(scope, id, { statuses: ['waiting'], signal })
    await db.scoped(scope, (tx) => engine.signal(tx, scope, id, 'answer', performance.now()))
    // The next answer must find it waiting again, not still on its way from this one.
    if (n < count - 1) await stepCount(db, id, n + 1, engine)
  }
  await engine.settled(scope, id, { signal })
  return samples.get(id)!
}

async function stepCount(
  db: Database,
  runId: string,
  wanted: number,
  engine: EngineWithArtifacts,
): Promise<void> {
  await engine.idle()
  const [row] = await db.querySystem<{ n: string }>(
    `select count(*) as n from run_steps where run_id = $1 and status = 'completed'`,
    [runId],
  )
  if (Number(row?.n) < wanted) await stepCount(db, runId, wanted, engine)
}

async function createWorkspace(db: Database): Promise<Scope> {
  const id = createId('wks')
  await db.querySystem('insert into workspaces (id, slug, name) values ($1, $2, $3)', [
    id,
    id.replace('_', '-'),
    'Bench',
  ])
  return systemScope(id)
}
