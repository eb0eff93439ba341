import { dirname } from 'node:path'
import { mkdir } from 'node:fs/promises'
import type { GateResult, GateStatus } from '@sluice/contract/gate'
import type { GateResultId } from '@sluice/contract/ids'
import { append } from '@sluice/events/log'
import type { ExecResult, Sandbox } from '@sluice/sandbox/sandbox'
import { and, eq } from 'drizzle-orm'
import { createEmitter, throughOutage, type CoreDeps, type Scope } from '../platform/index.ts'
import { requireGateResultRow, toGateResult } from './queries.ts'
import { gateResults, type GateResultRow } from './tables.ts'

export interface GateExecution {
  resultId: GateResultId
  timeoutSeconds: number
  /** How many gates this round has. */
  total: number
  /** Where people watch: the session's stream, or a run's for a trial. */
  stream: string
  /** Opened over a clean checkout of exactly the result's tree. */
  sandbox: Sandbox
}

const tailChars = 6_000

/**
 * Runs one gate and keeps its whole output. A failing command is a result, not an error.
 * Executed again after a crash it starts anew under the same result.
 * @throws the signal's reason when cancelled; SandboxError when the sandbox itself failed
 */
export async function executeGate(
  deps: CoreDeps,
  scope: Scope,
  execution: GateExecution,
  signal: AbortSignal,
): Promise<GateResult> {
  const { resultId, sandbox, stream } = execution
  const row = await throughOutage(deps, signal, () => markRunning(deps, scope, execution))
  const outputFile = deps.folders.artifact(resultId)
  await mkdir(dirname(outputFile), { recursive: true })
  const emitter = createEmitter(deps, scope, stream, signal)
  const result = await sandbox.exec(
    { shell: row.command },
    {
      timeoutMs: execution.timeoutSeconds * 1000,
      signal,
      outputFile,
      maxStreamedBytes: 512 * 1024,
      env: { CI: '1', FORCE_COLOR: '1' },
      onOutput: ({ text }) =>
        emitter.emit({ type: 'gate.output', payload: { gateResultId: resultId, text } }),
    },
  )
  await emitter.flush()
  signal.throwIfAborted()
  return throughOutage(deps, signal, () => markEnded(deps, scope, stream, resultId, result))
}

function markRunning(
  deps: CoreDeps,
  scope: Scope,
  { resultId, stream, total }: GateExecution,
): Promise<GateResultRow> {
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .update(gateResults)
      .set({
        status: 'running',
        startedAt: deps.clock.now(),
        endedAt: null,
        exitCode: null,
        durationMs: null,
        outputTail: '',
        problem: null,
      })
      .where(and(eq(gateResults.workspaceId, scope.workspaceId), eq(gateResults.id, resultId)))
      .returning()
    const { taskId, name, command, round, position } =
      row ?? (await requireGateResultRow(tx, scope, resultId))
    append(tx, scope, stream, [
      {
        type: 'gate.started',
        payload: {
          taskId,
          gateResultId: resultId,
          name,
          command,
          round,
          position: position + 1,
          total,
        },
      },
    ])
    return row!
  })
}

function markEnded(
  deps: CoreDeps,
  scope: Scope,
  stream: string,
  resultId: GateResultId,
  result: ExecResult,
): Promise<GateResult> {
  const status: GateStatus = result.timedOut
    ? 'timed_out'
    : result.exitCode === 0
      ? 'passed'
      : 'failed'
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .update(gateResults)
      .set({
        status,
        exitCode: result.exitCode,
        durationMs: Math.round(result.durationMs),
        outputBytes: result.outputBytes,
        outputTail: result.output.replaceAll('\0', '').slice(-tailChars),
        problem: problemOf(result),
        endedAt: deps.clock.now(),
      })
      .where(and(eq(gateResults.workspaceId, scope.workspaceId), eq(gateResults.id, resultId)))
      .returning()
    append(tx, scope, stream, [
      {
        type: 'gate.ended',
        payload: {
          gateResultId: resultId,
          status,
          exitCode: result.exitCode,
          durationMs: row!.durationMs,
          treeId: row!.treeId,
        },
      },
    ])
    return toGateResult(row!)
  })
}

function problemOf(result: ExecResult): string | null {
  if (result.timedOut) return 'It took longer than its time limit and was ended.'
  if (result.outOfMemory)
    return 'A process was ended because it reached the memory limit of the sandbox.'
  if (result.exitCode === 127) return 'The command was not found inside the sandbox.'
  return null
}
