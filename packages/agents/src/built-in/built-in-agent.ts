/**
 * The built-in agent: a tool loop that runs outside the sandbox and acts only through it.
 *
 * ```
 * instructions → ┌→ limits? → room? → model turn ──no tool call──→ finished
 *                │              └no→ compact           │
 *                └──────────── tool calls, in order ◄──┘
 * ```
 * Every arrow's work is a durable step; between steps there is nothing but a fold over
 * their results, so a run that is replayed comes to the same place and goes on from there.
 */
import { classifyError } from '@sluice/llm/errors'
import { contextTokensOf } from '@sluice/llm/context-window'
import type { LanguageModel, ModelMessage, ModelToolResult } from '@sluice/llm/model'
import type {
  Agent,
  AgentDeps,
  AgentRequest,
  AgentResult,
  AgentStop,
  PromptImage,
} from '../agent.ts'
import { imagePart } from './images.ts'
import { compact, estimateTokens } from './compaction.ts'
import { readInstructions } from './instructions.ts'
import { addCall, nothingSpent, reachedLimit } from './limits.ts'
import type { Spent } from './limits.ts'
import { runTurn, stopCodeOf } from './model-turn.ts'
import type { TurnOutcome } from './model-turn.ts'
import { systemMessage } from './system-prompt.ts'
import { runToolCall } from './tool-call.ts'
import { toolDefinitions } from './tools/catalogue.ts'

export interface BuiltInAgentOptions {
  model: LanguageModel
  /** A server of one's own: its models cost nothing where no vendor sells them. Default false. */
  isLocal?: boolean
  /** What the model can read, in tokens. Default: by its name. */
  contextTokens?: number
}

/** Makes the built-in agent on a model. It holds no state: one agent may run many tasks at once. */
export function createBuiltInAgent(options: BuiltInAgentOptions): Agent {
  const isLocal = options.isLocal ?? false
  const contextTokens = options.contextTokens ?? contextTokensOf(options.model.modelId)
  return {
    name: 'built_in',
    run: (request, deps) =>
      new BuiltInRun({ ...options, isLocal, contextTokens }, request, deps).run(),
  }
}

/** How often a model may stop in the middle (length limit, empty answer) before that is its end. */
const maxNudges = 3

class BuiltInRun {
  readonly #options: Required<BuiltInAgentOptions>
  readonly #request: AgentRequest
  readonly #deps: AgentDeps
  #messages: ModelMessage[]
  #spent: Spent = nothingSpent
  /** What the model counted of the conversation, and how many messages that were. */
  #counted: { tokens: number; messages: number } | undefined
  #compactions = 0
  #nudges = 0
  #text = ''

  constructor(options: Required<BuiltInAgentOptions>, request: AgentRequest, deps: AgentDeps) {
    this.#options = options
    this.#request = request
    this.#deps = deps
    this.#messages = [...request.history, userMessage(request.prompt, request.images)]
  }

  async run(): Promise<AgentResult> {
    const { signal, step, findFile } = this.#deps
    signal.throwIfAborted()
    const instructions = await step('agent: read instructions', (context) =>
      readInstructions(findFile, AbortSignal.any([context.signal, signal])),
    )
    const system = systemMessage(instructions)
    try {
      for (;;) {
        const stop = await this.#turn(system)
        if (stop) return this.#result(stop)
      }
    } catch (error) {
      signal.throwIfAborted()
      // The step's retries are used up: what the model said last is the answer, and a typed one.
      const known = classifyError(error)
      if (known === undefined) throw error
      const message = error instanceof Error ? error.message : String(error)
      return this.#result({ reason: 'stopped', code: stopCodeOf(known.reason), message })
    }
  }

  /** One round of the loop; gives a stop where it was the last. */
  async #turn(system: ModelMessage): Promise<AgentStop | undefined> {
    const limit = reachedLimit(this.#spent, this.#request.limits)
    if (limit) return limit
    const tokens = this.#tokens(system)
    if (tokens > this.#options.contextTokens * 0.75) {
      const stop = await this.#compact(tokens, false)
      if (stop) return stop
    }
    let outcome = await this.#callModel(system)
    if (outcome.kind === 'context_overflow') {
      const stop = await this.#compact(tokens, true)
      if (stop) return stop
      outcome = await this.#callModel(system)
    }
    if (outcome.kind === 'context_overflow')
      return { reason: 'stopped', code: 'provider_error', message: outcome.message }
    if (outcome.kind === 'stopped')
      return { reason: 'stopped', code: outcome.code, message: outcome.message }
    return this.#take(outcome)
  }

  async #callModel(system: ModelMessage): Promise<TurnOutcome> {
    const { model, isLocal } = this.#options
    const prompt = [system, ...this.#messages]
    const remainingMs = this.#remainingMs()
    const outcome = await this.#deps.step(`agent: turn ${this.#spent.turns + 1}`, (context) =>
      runTurn(
        { model, isLocal, prompt, tools: toolDefinitions, remainingMs },
        this.#request,
        this.#deps,
        context,
      ),
    )
    this.#spent = addCall(this.#spent, outcome, true)
    return outcome
  }

  async #take(answer: Extract<TurnOutcome, { kind: 'answer' }>): Promise<AgentStop | undefined> {
    const isEmpty = answer.text.trim() === '' && answer.toolCalls.length === 0
    if (answer.text.trim() !== '') this.#text = answer.text
    if (!isEmpty) this.#messages.push(answer.message)
    this.#counted = {
      tokens: answer.usage.inputTokens + answer.usage.outputTokens,
      messages: this.#messages.length,
    }
    if (answer.toolCalls.length > 0) {
      await this.#callTools(answer)
      return undefined
    }
    if (!isEmpty && answer.finishReason !== 'length') return { reason: 'finished' }
    if (this.#nudges++ >= maxNudges) {
      const message = isEmpty
        ? 'The model answers with nothing.'
        : 'The model does not come to an end of its answer.'
      return { reason: 'stopped', code: 'agent_error', message }
    }
    const nudge = isEmpty
      ? 'Your answer was empty. Go on, or say that you are done.'
      : 'Your answer was cut off at its length limit. Go on.'
    this.#messages.push(userMessage(nudge))
    return undefined
  }

  /** In order, one after the other: a later call may rest on an earlier one's effect. */
  async #callTools(answer: Extract<TurnOutcome, { kind: 'answer' }>): Promise<void> {
    const content: ModelToolResult[] = []
    for (const [index, call] of answer.toolCalls.entries()) {
      const number = `${this.#spent.turns}.${index + 1}`
      const toolCallId = `${answer.messageId}.${index + 1}`
      const input = {
        toolCallId,
        name: call.name,
        json: call.input,
        remainingMs: this.#remainingMs(),
      }
      const result = await this.#deps.step(
        `agent: tool ${number} ${call.name.slice(0, 40)}`,
        (context) => runToolCall(input, this.#request, this.#deps, context),
      )
      this.#spent = { ...this.#spent, elapsedMs: this.#spent.elapsedMs + result.elapsedMs }
      const output = {
        type: result.isError ? ('error-text' as const) : ('text' as const),
        value: result.output,
      }
      content.push({ type: 'tool-result', toolCallId: call.id, toolName: call.name, output })
    }
    this.#messages.push({ role: 'tool', content })
  }

  async #compact(tokens: number, isForced: boolean): Promise<AgentStop | undefined> {
    const name = `agent: compact ${++this.#compactions}`
    const { model, isLocal, contextTokens } = this.#options
    const input = {
      model,
      isLocal,
      contextTokens,
      messages: this.#messages,
      tokens,
      isForced,
      name,
    }
    const compacted = await compact(input, this.#request, this.#deps)
    this.#spent = addCall(this.#spent, compacted.cost, false)
    this.#counted = undefined
    if ('stop' in compacted) return compacted.stop
    this.#messages = compacted.messages
    return undefined
  }

  /** The model's own count where it gave one, and an estimate for what came after. */
  #tokens(system: ModelMessage): number {
    const counted = this.#counted
    if (counted === undefined || counted.tokens === 0)
      return estimateTokens([system, ...this.#messages])
    return counted.tokens + estimateTokens(this.#messages.slice(counted.messages))
  }

  #remainingMs(): number {
    return this.#request.limits.timeMs - this.#spent.elapsedMs
  }

  #result(stop: AgentStop): AgentResult {
    const { turns, usage, costMicros } = this.#spent
    return { stop, text: this.#text, history: this.#messages, turns, usage, costMicros }
  }
}

function userMessage(text: string, images: readonly PromptImage[] = []): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }, ...images.map(imagePart)] }
}
