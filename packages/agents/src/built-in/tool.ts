/** What a tool of the built-in agent is. */
import type { PlanItem } from '@sluice/contract/events'
import type { Sandbox } from '@sluice/sandbox/sandbox'
import type { z } from 'zod'
import type { OutputArtifact } from '../agent.ts'

export interface ToolContext {
  sandbox: Sandbox
  signal: AbortSignal
  /** More than 1: an earlier attempt may have had its effect already. */
  attempt: number
  /** Shows output while the tool runs. */
  onOutput: (text: string) => void
  onPlan: (items: PlanItem[]) => void
  openArtifact: (name: string) => Promise<OutputArtifact>
  /** Milliseconds; only for summaries, never for what the model reads. */
  now: () => number
  /** What is left of the task's time. */
  remainingMs: number
}

/** What a tool gives back. JSON-serialisable: it is the recorded result of a step. */
export interface ToolOutcome {
  status: 'ok' | 'error'
  /** What the model reads. Deterministic: no durations, no host paths. */
  output: string
  /** One line for people, such as `Edited src/a.ts +12 −3`. */
  summary: string
  artifactId?: string
  exitCode?: number | null
}

export interface Tool<Input = never> {
  name: string
  description: string
  input: z.ZodType<Input>
  /** What it is about to do, such as `Run pnpm test`. */
  title: (input: Input) => string
  /** @throws ToolError for what the model can do something about; SandboxError */
  run: (input: Input, context: ToolContext) => Promise<ToolOutcome>
}

/** A failure that goes back to the model as the call's result. */
export class ToolError extends Error {
  /** For people; by default the message. */
  readonly summary: string

  constructor(message: string, summary: string = message) {
    super(message)
    this.name = 'ToolError'
    this.summary = summary
  }
}

/** Keeps a tool's input type to itself, so that tools of all inputs stand in one list. */
export function defineTool<Input>(tool: Tool<Input>): Tool<Input> {
  return tool
}
