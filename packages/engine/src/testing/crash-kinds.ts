import { sql } from 'drizzle-orm'
import type { Database } from '@sluice/db/database'
import type { Engine, RunContext, StepContext } from '../types.ts'
import { addEffect } from './effects.ts'
import { anything } from './tuning.ts'

/** Where a child process kills or freezes itself, unless it is a safe one. */
export type KillPoint =
  | `before:${number}`
  | `in:${number}`
  | `after-effect:${number}`
  | `after:${number}`
  | 'freeze:2'
  | 'none'

export interface CrashInput {
  steps: number
  kill: KillPoint
}

export interface CrashKindsDeps {
  db: Database
  worker: string
  /** What happens at the point: SIGKILL to itself in a child, nothing elsewhere. */
  hit: (point: KillPoint) => Promise<void>
}

/** The kinds that the crash tests execute in child processes and in the test's own. */
export function registerCrashKinds(engine: Engine, { db, worker, hit }: CrashKindsDeps): void {
  const effect = async (run: RunContext, name: string, step: StepContext) => {
    await step.assertLive()
    await addEffect(db, { run_id: run.runId, step: name, attempt: step.attempt, worker })
  }

  engine.register<CrashInput, number[]>({
    kind: 'steps',
    input: anything(),
    start: 'direct',
    async execute(run, input) {
      const at = async (point: KillPoint) => {
        if (input.kill === point) await hit(point)
      }
      const values: number[] = []
      for (let n = 1; n <= input.steps; n++) {
        await at(`before:${n}`)
        const value = await run.step(`step ${n}`, async (step) => {
          await at(`in:${n}`)
          if (n === 2) await at('freeze:2')
          await effect(run, `step ${n}`, step)
          await at(`after-effect:${n}`)
          return n * 10
        })
        values.push(value)
        await at(`after:${n}`)
      }
      return values
    },
  })

  engine.register<Record<string, never>, unknown>({
    kind: 'asks',
    input: anything(),
    start: 'direct',
    async execute(run) {
      await run.step('before', (step) => effect(run, 'before', step))
      const answer = await run.wait('answer')
      await run.step('after', (step) => effect(run, 'after', step))
      return answer
    },
  })

  engine.register<{ lock: number }, void>({
    kind: 'held',
    input: anything(),
    start: 'direct',
    async execute(run, { lock }) {
      // The test holds the lock, and so decides how long this step takes.
      await run.step('held', async (step) => {
        await addEffect(db, { run_id: run.runId, step: 'held', attempt: step.attempt, worker })
        await db.system((tx) => tx.execute(sql`select pg_advisory_xact_lock_shared(${lock})`))
      })
      await run.step('after', (step) => effect(run, 'after', step))
    },
  })

  engine.register<Record<string, never>, void>({
    kind: 'poison',
    input: anything(),
    start: 'direct',
    maxCrashes: 2,
    execute: (run) => run.step('poison', () => hit('in:1')),
  })

  engine.register<{ steps: number }, void>({
    kind: 'slots',
    input: anything(),
    start: 'queue',
    async execute(run, { steps }) {
      for (let n = 1; n <= steps; n++) {
        await run.step(`work ${n}`, async () => {
          await db.querySystem(
            'insert into test_slots (run_id) values ($1) on conflict do nothing',
            [run.runId],
          )
          await db.querySystem('insert into test_peaks select count(*) from test_slots')
          if (n === steps)
            await db.querySystem('delete from test_slots where run_id = $1', [run.runId])
        })
      }
    },
  })
}
