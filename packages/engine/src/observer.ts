import { notFound } from '@sluice/contract/errors'
import type { Database } from '@sluice/db/database'
import { runKey, workKey } from './notify.ts'
import { persist } from './persist.ts'
import { findRun } from './queries.ts'
import { finalStatuses } from './rows.ts'
import type { Engine } from './types.ts'
import { settleWithin } from './wakeups.ts'
import type { Wakeups } from './wakeups.ts'

/** Hints wake it at once; this is for one that was lost. */
const recheckMs = 500
const idleRecheckMs = 20
const never = new AbortController().signal

/** Waiting for what runs come to, in any process. */
export function createObserver(
  database: Database,
  wakeups: Wakeups,
): Pick<Engine, 'settled' | 'idle'> {
  return {
    async settled(scope, runId, { statuses = [...finalStatuses], signal = never } = {}) {
      for (;;) {
        const armed = wakeups.arm(runKey(runId))
        try {
          const run = await persist(
            () => database.scoped(scope, (tx) => findRun(tx, scope, runId)),
            signal,
          )
          if (!run) throw notFound('run', runId)
          if (statuses.includes(run.status)) return run
          await settleWithin(armed.fired, recheckMs, signal)
        } finally {
          armed.disarm()
        }
      }
    },

    async idle(signal = never) {
      while (await persist(() => isBusy(database), signal))
        await wakeups.next(workKey, idleRecheckMs, signal)
    },
  }
}

// A waiting run that was signalled, cancelled or came to its time limit is about to go on.
async function isBusy(database: Database): Promise<boolean> {
  const [row] = await database.querySystem<{ busy: boolean }>(
    `select exists (select 1 from run_outbox)
       or exists (select 1 from runs where status in ('queued', 'running'))
       or exists (select 1 from runs r where r.status = 'waiting' and (
            r.cancel_reason is not null
            or exists (select 1 from run_signals s where s.run_id = r.id and s.topic = r.waiting_on and s.taken_by is null)
            or exists (select 1 from run_steps w where w.run_id = r.id and w.kind = 'wait' and w.status = 'running' and w.deadline_at <= now()))) as busy`,
  )
  return row?.busy ?? false
}
