/** One tool call as the body of a durable step. */
import { isSandboxError } from '@sluice/sandbox/sandbox'
import type { SandboxErrorCode } from '@sluice/sandbox/sandbox'
import type { AgentDeps, AgentRequest, StepContext } from '../agent.ts'
import { cutMiddle } from '../cut-text.ts'
import { relativePaths } from '../gate-feedback.ts'
import { Emitter } from './emitter.ts'
import { ToolError } from './tool.ts'
import type { ToolContext, ToolOutcome } from './tool.ts'
import { prepareCall } from './tools/catalogue.ts'
import type { PreparedCall } from './tools/catalogue.ts'

export interface ToolCallResult {
  output: string
  isError: boolean
  elapsedMs: number
}

export interface ToolCallInput {
  /** Unique in the session, unlike the ids that some models give. */
  toolCallId: string
  name: string
  /** As the model wrote it. */
  json: string
  remainingMs: number
}

/** What the model reads of one result at most; a tool with long output has a lower limit of its own. */
const maxOutputChars = 80_000
/** What the timeline shows of one result and of each text in an input. */
const maxShownChars = 8_000

/** Failures of the sandbox that the model caused and can do something about; any other fails the step. */
const modelVisible: ReadonlySet<SandboxErrorCode> = new Set([
  'not_found',
  'not_a_file',
  'not_a_directory',
  'too_large',
  'read_only',
  'path_outside',
  'invalid_options',
])

/**
 * Runs a tool call and shows it in the timeline. What goes wrong with the call itself is a
 * result for the model to read.
 * @throws SandboxError when the sandbox does not work; the signal's reason when cancelled
 */
export async function runToolCall(
  call: ToolCallInput,
  request: AgentRequest,
  deps: AgentDeps,
  step: StepContext,
): Promise<ToolCallResult> {
  const startedAt = deps.now()
  const signal = AbortSignal.any([step.signal, deps.signal])
  signal.throwIfAborted()
  const emitter = new Emitter(deps.emit)
  const { toolCallId, name } = call
  const started = (title: string, input: unknown) =>
    emitter.send({
      type: 'tool.started',
      payload: {
        taskId: request.taskId,
        toolCallId,
        attempt: step.attempt,
        name,
        title,
        input: shownInput(input),
      },
    })
  const ended = (status: 'ok' | 'error' | 'cancelled', outcome: Omit<ToolOutcome, 'status'>) =>
    emitter.send({
      type: 'tool.ended',
      payload: {
        toolCallId,
        status,
        summary: outcome.summary,
        output: cutMiddle(outcome.output, maxShownChars).text,
        artifactId: outcome.artifactId ?? null,
        exitCode: outcome.exitCode ?? null,
        durationMs: Math.round(deps.now() - startedAt),
      },
    })
  const context: ToolContext = {
    sandbox: deps.sandbox,
    signal,
    attempt: step.attempt,
    onOutput: (text) =>
      emitter.stream('output', text, (joined) => ({
        type: 'tool.output',
        payload: { toolCallId, text: joined },
      })),
    onPlan: (items) =>
      emitter.send({ type: 'plan.changed', payload: { taskId: request.taskId, items } }),
    openArtifact: (artifactName) =>
      deps.openArtifact({ name: artifactName, idempotencyKey: step.idempotencyKey }),
    now: deps.now,
    remainingMs: Math.max(1000, call.remainingMs),
  }
  try {
    const outcome = await outcomeOf(call, started, context)
    signal.throwIfAborted()
    ended(outcome.status, outcome)
    const output = cutMiddle(relativePaths(outcome.output, deps.sandbox.root), maxOutputChars).text
    return {
      output,
      isError: outcome.status === 'error',
      elapsedMs: Math.round(deps.now() - startedAt),
    }
  } catch (error) {
    if (signal.aborted) ended('cancelled', { summary: `${name} cancelled`, output: '' })
    else
      ended('error', {
        summary: `${name} failed`,
        output: error instanceof Error ? error.message : String(error),
      })
    signal.throwIfAborted()
    throw error
  } finally {
    await emitter.drain()
  }
}

async function outcomeOf(
  call: ToolCallInput,
  started: (title: string, input: unknown) => void,
  context: ToolContext,
): Promise<ToolOutcome> {
  let prepared: PreparedCall
  try {
    prepared = prepareCall(call.name, call.json)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    started(call.name, call.json)
    return { status: 'error', output: error.message, summary: error.summary }
  }
  started(prepared.title, prepared.input)
  try {
    return await prepared.run(context)
  } catch (error) {
    if (context.signal.aborted) throw error
    if (error instanceof ToolError)
      return {
        status: 'error',
        output: error.message,
        summary: `${prepared.title} · ${error.summary}`,
      }
    if (isSandboxError(error) && modelVisible.has(error.code)) {
      return {
        status: 'error',
        output: error.message,
        summary: `${prepared.title} · ${error.code.replaceAll('_', ' ')}`,
      }
    }
    throw error
  }
}

/** An input for the timeline: a file of a megabyte is no line of a timeline. */
function shownInput(value: unknown): unknown {
  if (typeof value === 'string') return cutMiddle(value, maxShownChars).text
  if (Array.isArray(value)) return value.map(shownInput)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shownInput(item)]))
}
