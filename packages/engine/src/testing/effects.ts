import type { Database } from '@sluice/db/database'

/** What steps of the crash tests do to the outside world: lines that only ever are added. */
export interface Effect {
  run_id: string
  step: string
  attempt: number
  worker: string
}

export async function createEffects(db: { query(text: string): Promise<unknown> }): Promise<void> {
  await db.query(`create table test_effects (id bigint generated always as identity primary key,
    run_id text not null, step text not null, attempt integer not null, worker text not null);
    grant all on test_effects to sluice_system;
    create table test_slots (run_id text primary key);
    grant all on test_slots to sluice_system;
    create table test_peaks (peak integer not null);
    grant all on test_peaks to sluice_system`)
}

export async function addEffect(db: Database, effect: Effect): Promise<void> {
  await db.querySystem(
    'insert into test_effects (run_id, step, attempt, worker) values ($1, $2, $3, $4)',
    [effect.run_id, effect.step, effect.attempt, effect.worker],
  )
}

export const effectsOf = (db: Database, runId: string): Promise<Effect[]> =>
  db.querySystem(
    'select run_id, step, attempt, worker from test_effects where run_id = $1 order by id',
    [runId],
  )
