/**
 * The Agent interface: what answers a prompt with changes to the files of a sandbox. The
 * built-in agent implements it; outside agents (ACP) will too.
 */
import type { EventType, NewEvent } from '@sluice/contract/events'
import type { TaskId } from '@sluice/contract/ids'
import type { TaskFailureCode } from '@sluice/contract/task'
import type { ModelMessage, Usage } from '@sluice/llm/model'
import type { Sandbox } from '@sluice/sandbox/sandbox'

/** What a durable step is told about its own execution. */
export interface StepContext {
  signal: AbortSignal
  /** 1, or more where the step is run again after a failure or a crash: effects may be there already. */
  attempt: number
  /** The same for every attempt of this step, and for no other step. */
  idempotencyKey: string
}

/**
 * Runs a durable step. The result must be JSON-serialisable: it is recorded, and where the
 * run is replayed it comes back and nothing is executed. Errors with `isRetryable` (see
 * `classifyError` of the llm package) are worth the step's retries.
 */
export type RunStep = <T>(name: string, run: (step: StepContext) => Promise<T>) => Promise<T>

/** The events of the log that an agent writes. */
export type AgentEventType = Extract<
  EventType,
  | 'message.started'
  | 'message.text'
  | 'message.ended'
  | 'tool.started'
  | 'tool.output'
  | 'tool.ended'
  | 'plan.changed'
  | 'usage.added'
  | 'context.compacted'
  | 'notice'
>
export type AgentEvent = Extract<NewEvent, { type: AgentEventType }>

/** A file on the host that receives a command's whole output. */
export interface OutputArtifact {
  /** Absolute host path; the sandbox writes it, commands cannot reach it. */
  hostPath: string
  /** Keeps it and gives its artifact id. */
  keep: (input: { sizeBytes: number }) => Promise<string>
  /** Throws it away: the output was short enough to stand in the conversation whole. */
  discard: () => Promise<void>
}

export interface AgentDeps {
  /** `warm`: a tool call is likely to come soon, so whatever takes time to start may start now. */
  sandbox: Sandbox & { warm?: () => void }
  /**
   * A file of the repository as people left it, before the agent's own changes: its instructions are read there.
   * Undefined where there is none of at most `maxBytes`.
   */
  findFile: (
    path: string,
    options: { maxBytes: number; signal: AbortSignal },
  ) => Promise<Uint8Array | undefined>
  /** The bytes of an image of this or an earlier prompt. */
  readImage?: (id: string) => Promise<Uint8Array>
  step: RunStep
  /**
   * Asked before each call of a model, within its step: a reason that lies outside of the task, such as a budget that
   * is spent, stops the agent with `cost_limit`.
   */
  refuseCall?: () => Promise<string | undefined>
  /** Called from inside steps only, in order; each call waits for the one before. */
  emit: (event: AgentEvent) => void | Promise<void>
  /** Cancels the whole run at once; `run` then throws the signal's reason. */
  signal: AbortSignal
  openArtifact: (input: { name: string; idempotencyKey: string }) => Promise<OutputArtifact>
  /** Milliseconds, for durations and the time limit only; never part of a request. */
  now: () => number
}

export interface AgentLimits {
  /** Model turns of this task. */
  turns: number
  /** Input and output tokens of this task, together. */
  tokens: number
  /** Time spent in model calls and tools, in milliseconds; waiting for people does not count. */
  timeMs: number
  /** Null: no limit. A model without a known price is not held by it. */
  costMicros: number | null
}

export const defaultLimits: AgentLimits = {
  turns: 100,
  tokens: 5_000_000,
  timeMs: 60 * 60_000,
  costMicros: null,
}

/** An image that belongs to a prompt; its bytes are read when a model is called, and stand in no record. */
export interface PromptImage {
  id: string
  name: string
  /** Such as `image/png`. */
  mediaType: string
}

export interface AgentRequest {
  taskId: TaskId
  prompt: string
  images?: readonly PromptImage[]
  /** The conversation so far: the `history` of the session's last result, or []. */
  history: ModelMessage[]
  limits: AgentLimits
}

/** Why an agent stopped. `finished`: it says it is done, which is no proof of anything. */
export type AgentStop =
  | { reason: 'finished' }
  | { reason: 'stopped'; code: AgentStopCode; message: string }
export type AgentStopCode = Extract<
  TaskFailureCode,
  | 'turn_limit'
  | 'token_limit'
  | 'cost_limit'
  | 'time_limit'
  | 'provider_unavailable'
  | 'provider_auth'
  | 'provider_error'
  | 'recording_mismatch'
  | 'agent_error'
>

export interface AgentResult {
  stop: AgentStop
  /** The agent's last words. */
  text: string
  /** JSON-serialisable; give it back as the next request's `history`. */
  history: ModelMessage[]
  turns: number
  usage: Usage
  /** Null where the model's price is not known. */
  costMicros: number | null
}

export interface Agent {
  readonly name: string
  /**
   * Works on a prompt until it is done or a limit is reached. Deterministic but for its
   * steps: replayed over recorded steps it takes the same way again.
   * @throws the signal's reason when cancelled; whatever `step` throws once its retries
   *   are used up
   */
  run: (request: AgentRequest, deps: AgentDeps) => Promise<AgentResult>
}
