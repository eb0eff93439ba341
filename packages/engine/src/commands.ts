import { sql } from 'drizzle-orm'
import { SluiceError, notFound } from '@sluice/contract/errors'
import { createId } from '@sluice/contract/ids'
import type { RunId } from '@sluice/contract/ids'
import { afterCommit } from '@sluice/db/database'
import type { Tx } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'
import { appendChanged, hint, runKey, workKey } from './notify.ts'
import { isFinal } from './rows.ts'
import type { StoredRun } from './rows.ts'
import type { Registry } from './registry.ts'
import type { Engine, StartRun } from './types.ts'

/**
 * The writing half of the engine. Every command only inserts rows in the caller's transaction, so it
 * waits for no lock of a run, and works in a process that executes nothing.
 */
export function createCommands(
  registry: Registry,
  kick: () => void,
): Pick<Engine, 'start' | 'signal' | 'cancel' | 'replay' | 'fork' | 'setConcurrency'> {
  const announce = async (tx: Tx, ...keys: string[]) => {
    await hint(tx, ...keys)
    afterCommit(tx, kick)
  }

  const request = async (
    tx: Tx,
    scope: Scope,
    runId: RunId,
    kind: 'cancel' | 'replay',
    reason: string | null,
  ) => {
    await tx.execute(sql`
      insert into run_outbox (workspace_id, run_id, request, reason) values (${scope.workspaceId}, ${runId}, ${kind}, ${reason})`)
    await announce(tx, workKey)
  }

  return {
    async start(tx, scope, run) {
      const definition = registry.require(run.kind)
      checkInput(definition.input, run)
      const id = run.runId ?? createId('run')
      const { rowCount } = await tx.execute(sql`
        insert into runs (id, workspace_id, kind, subject_type, subject_id, start_mode, input, priority, timeout_ms, budget_ms)
        values (${id}, ${scope.workspaceId}, ${run.kind}, ${run.subject?.type ?? null}, ${run.subject?.id ?? null}, ${definition.start},
          ${JSON.stringify(run.input ?? null)}::json, ${run.priority ?? 100}, ${definition.timeoutMs ?? null}, ${definition.timeoutMs ?? null})
        on conflict (id) do nothing`)
      // The same id again: asked for, by a caller that retries. In another workspace it is not theirs to see.
      if (rowCount === 0) await requireOwn(tx, scope, id)
      else {
        appendChanged(
          tx,
          { id, workspaceId: scope.workspaceId, kind: run.kind, status: 'queued' },
          scope,
        )
        await announce(tx, workKey)
      }
      return id
    },

    async signal(tx, scope, runId, topic, payload) {
      const run = await requireOwn(tx, scope, runId)
      if (isFinal(run.status))
        throw new SluiceError('wrong_state', `The run ${runId} has ended (${run.status}).`)
      await tx.execute(sql`
        insert into run_signals (workspace_id, run_id, topic, payload)
        values (${scope.workspaceId}, ${runId}, ${topic}, ${payload === undefined ? null : JSON.stringify(payload)}::json)`)
      await announce(tx, runKey(runId))
    },

    async cancel(tx, scope, runId, reason) {
      const run = await requireOwn(tx, scope, runId)
      if (!isFinal(run.status)) await request(tx, scope, runId, 'cancel', reason)
    },

    async replay(tx, scope, runId) {
      const run = await requireOwn(tx, scope, runId)
      if (run.status !== 'dead' && run.status !== 'failed') {
        throw new SluiceError(
          'wrong_state',
          `Only a run that failed can be replayed; ${runId} is ${run.status}.`,
        )
      }
      refuseForgotten(run)
      await request(tx, scope, runId, 'replay', null)
    },

    async fork(tx, scope, runId, { fromStep }) {
      const run = await requireOwn(tx, scope, runId)
      if (!isFinal(run.status))
        throw new SluiceError('wrong_state', `The run ${runId} is still going (${run.status}).`)
      refuseForgotten(run)
      const { rows } = await tx.execute<{ position: number; function_id: number | null }>(sql`
        select position, function_id from run_steps
        where run_id = ${runId} and ${typeof fromStep === 'number' ? sql`position = ${fromStep}` : sql`name = ${fromStep}`}
        order by position limit 1`)
      const cut = rows[0]
      if (cut?.function_id == null)
        throw new SluiceError(
          'invalid_input',
          `The run ${runId} has no step ${fromStep} to fork from.`,
        )
      const id = createId('run')
      await tx.execute(sql`
        insert into runs (id, workspace_id, kind, subject_type, subject_id, start_mode, input, priority, timeout_ms, budget_ms, forked_from, launch_at)
        select ${id}, workspace_id, kind, subject_type, subject_id, start_mode, input, priority, timeout_ms, timeout_ms, id, ${cut.function_id}::integer
        from runs where id = ${runId}`)
      await tx.execute(sql`
        insert into run_steps (workspace_id, run_id, position, function_id, kind, name, attempt, status, error_code, error_message, started_at, ended_at)
        select workspace_id, ${id}, position, function_id, kind, name, attempt, status, error_code, error_message, started_at, ended_at
        from run_steps where run_id = ${runId} and position < ${cut.position}`)
      appendChanged(
        tx,
        { id, workspaceId: scope.workspaceId, kind: run.kind, status: 'queued' },
        scope,
      )
      await announce(tx, workKey)
      return id
    },

    async setConcurrency(tx, scope, limit) {
      await tx.execute(sql`
        insert into run_limits (workspace_id, concurrency) values (${scope.workspaceId}, ${limit})
        on conflict (workspace_id) do update set concurrency = excluded.concurrency`)
      await announce(tx, workKey)
    },
  }
}

function checkInput(schema: { parse(value: unknown): unknown }, run: StartRun): void {
  try {
    schema.parse(run.input)
  } catch (cause) {
    throw new SluiceError('invalid_input', `The input does not fit a run of kind ${run.kind}.`, {
      cause,
    })
  }
}

async function requireOwn(tx: Tx, scope: Scope, runId: string): Promise<StoredRun> {
  const { rows } = await tx.execute<StoredRun>(
    sql`select * from runs where id = ${runId} and workspace_id = ${scope.workspaceId}`,
  )
  if (!rows[0]) throw notFound('run', runId)
  return rows[0]
}

/** @throws SluiceError wrong_state */
function refuseForgotten({ id, forgotten_at }: StoredRun): void {
  if (forgotten_at !== null)
    throw new SluiceError(
      'wrong_state',
      `The run ${id} ended long ago, and what its steps returned is no longer kept. Start anew instead.`,
    )
}
