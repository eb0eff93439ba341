import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ArtifactId, AttachmentId } from '@sluice/contract/ids'
import type { AgentDeps, AgentResult, PromptImage, RunStep } from '@sluice/agents/agent'
import { createBuiltInAgent } from '@sluice/agents/built-in/built-in-agent'
import { StepFailed } from '@sluice/engine/errors'
import type { RetryPolicy } from '@sluice/engine/types'
import { ModelError, toModelError, type ModelErrorReason } from '@sluice/llm/errors'
import { isLocalProvider } from '@sluice/llm/provider-config'
import { openModel } from '@sluice/llm/providers'
import type { ModelMessage } from '@sluice/llm/model'
import { isSandboxError, type Sandbox } from '@sluice/sandbox/sandbox'
import { agentScope, createEmitter, type Emitter } from '../../platform/index.ts'
import { readAttachment } from '../../attachments/index.ts'
import { openProvider } from '../../providers/index.ts'
import { lazySandbox, openSandbox } from '../../sandboxes/index.ts'
import { recordUsage, refuseByBudget } from '../../usage/index.ts'
import { artifacts } from '../tables.ts'
import { shadowOf, type Plan, type TaskRun } from './task-run-context.ts'
import type { Place } from './working-tree.ts'

/** Lets the agent answer one prompt, each model turn and tool call a durable step of the run. */
export async function runAgent(
  task: TaskRun,
  plan: Plan,
  place: Place,
  prompt: string,
  images: PromptImage[],
  history: ModelMessage[],
): Promise<AgentResult> {
  const { deps, run, scope, taskId } = task
  const { config } = await deps.db.scoped(scope, (tx) =>
    openProvider(deps, tx, scope, plan.providerId),
  )
  const agent = createBuiltInAgent({
    model: openModel(config, plan.modelId),
    isLocal: isLocalProvider(config),
  })
  await using sandbox = lazySandbox(
    {
      id: run.runId,
      provider: plan.sandboxProvider,
      root: plan.sandboxProvider === 'bubblewrap' ? '/workspace' : place.workTree,
    },
    () => openTaskSandbox(task, plan, place),
  )
  const emitter = createEmitter(
    deps,
    agentScope(scope.workspaceId),
    `session:${plan.sessionId}`,
    run.signal,
    (tx, events) => recordUsage(deps, tx, scope, taskId, events),
  )
  const { settings } = plan
  // Awaited here: the sandbox is let go of when this function is left.
  return await agent.run(
    {
      taskId,
      prompt,
      images,
      history,
      limits: {
        turns: settings.maxTurns,
        tokens: settings.maxTokensPerTask,
        timeMs: settings.maxMinutesPerTask * 60_000,
        costMicros: settings.maxCostMicrosPerTask === 0 ? null : settings.maxCostMicrosPerTask,
      },
    },
    {
      sandbox,
      findFile: (path, options) => findFile(task, plan, place, sandbox, path, options),
      readImage: async (id) => (await readAttachment(deps, scope, id as AttachmentId)).bytes,
      step: stepOf(task, emitter),
      refuseCall: () => refuseByBudget(deps, scope),
      emit: (event) => emitter.emit(event),
      signal: run.signal,
      openArtifact: (input) => openArtifact(task, input),
      now: () => deps.clock.now().getTime(),
    },
  )
}

/**
 * A file as people left it. An isolated working tree began as the base, which is read without
 * waiting for a sandbox; in place the user's own edits count, ignored files included.
 */
async function findFile(
  task: TaskRun,
  plan: Plan,
  place: Place,
  sandbox: Sandbox,
  path: string,
  options: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  if (place.state === null) {
    const shadow = await shadowOf(task, plan, options.signal)
    return shadow.findFile(plan.baseTree, path, { ...options, timeoutMs: readTimeoutMs })
  }
  return sandbox.readFile(path, options).catch((error: unknown) => {
    // A repository may hold anything under that name: a folder, a link to outside, a huge file.
    if (isSandboxError(error) && noFileCodes.has(error.code)) return undefined
    throw error
  })
}

const readTimeoutMs = 60_000
const noFileCodes: ReadonlySet<string> = new Set([
  'not_found',
  'not_a_file',
  'path_outside',
  'too_large',
])

function openTaskSandbox(task: TaskRun, plan: Plan, place: Place) {
  return openSandbox(
    task.deps,
    {
      id: task.run.runId,
      provider: plan.sandboxProvider,
      workTree: place.workTree,
      readOnlyPaths: place.state === null ? place.readOnlyPaths : [],
      readOnlyInside: place.state === null ? [] : ['.git'],
      dependenciesOf: place.state === null ? plan.repositoryPath : null,
      settings: plan.settings,
    },
    task.run.signal,
  )
}

const longestAskedWaitMs = 120_000
const quick = { maxAttempts: 4, initialDelayMs: 1_000, maxDelayMs: 20_000 }
const patient = { maxAttempts: 8, initialDelayMs: 2_000, maxDelayMs: 60_000 }
const retry: RetryPolicy = {
  maxAttempts: 1,
  byReason: {
    rate_limited: patient,
    overloaded: patient,
    unreachable: quick,
    invalid_response: { maxAttempts: 2 },
    database_unavailable: patient,
  },
}

const modelReasons: ReadonlySet<string> = new Set<ModelErrorReason>([
  'rate_limited',
  'overloaded',
  'unreachable',
  'auth',
  'unknown_model',
  'context_overflow',
  'bad_request',
  'refused',
  'recording_mismatch',
  'invalid_response',
])

/**
 * Fits the run's steps to the agent's: what a step said is in the log before the step counts
 * as done, and a model's failure keeps its reason through the record.
 */
function stepOf(task: TaskRun, emitter: Emitter): RunStep {
  return async <T>(name: string, work: Parameters<RunStep>[1]): Promise<T> => {
    try {
      return await task.run.step(
        name,
        async (step) => {
          try {
            return (await work(step)) as T
          } catch (error) {
            const known = withReason(toModelError(error))
            // The provider said when to come back; the engine's own back-off comes on top.
            if (
              known instanceof ModelError &&
              known.isRetryable &&
              known.retryAfterMs !== undefined
            ) {
              await delay(Math.min(known.retryAfterMs, longestAskedWaitMs), undefined, {
                signal: step.signal,
              })
            }
            throw known
          } finally {
            await emitter.flush()
          }
        },
        { retry },
      )
    } catch (error) {
      if (error instanceof StepFailed && modelReasons.has(error.code)) {
        throw new ModelError(error.code as ModelErrorReason, error.message, { cause: error })
      }
      throw error
    }
  }
}

// The engine records an error's code: a model error's is its reason.
function withReason(error: unknown): unknown {
  return error instanceof ModelError
    ? Object.assign(error, { code: error.reason, permanent: !error.isRetryable })
    : error
}

async function openArtifact(
  task: TaskRun,
  input: { name: string; idempotencyKey: string },
): ReturnType<AgentDeps['openArtifact']> {
  const { deps, scope, taskId } = task
  // The same step executed again writes the same artifact anew.
  const id =
    `art_${createHash('sha256').update(`${input.idempotencyKey}:${input.name}`).digest('hex').slice(0, 32)}` as ArtifactId
  const hostPath = deps.folders.artifact(id)
  await mkdir(dirname(hostPath), { recursive: true })
  return {
    hostPath,
    keep: async ({ sizeBytes }) => {
      await deps.db.scoped(scope, (tx) =>
        tx
          .insert(artifacts)
          .values({
            id,
            workspaceId: scope.workspaceId,
            taskId,
            name: input.name,
            contentType: 'text/plain; charset=utf-8',
            sizeBytes,
            createdAt: deps.clock.now(),
          })
          .onConflictDoUpdate({ target: artifacts.id, set: { sizeBytes } }),
      )
      return id
    },
    discard: () => rm(hostPath, { force: true }),
  }
}
