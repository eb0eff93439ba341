/** Durable steps in memory, for tests of agents: recorded, replayed, crashed and retried as an engine would. */
import type { RunStep, StepContext } from '../agent.ts'
import { classifyError } from '@sluice/llm/errors'

/** What survives a crash. Give the same one to the next run to go on from it. */
export interface StepLog {
  /** Results as JSON text: what cannot be stored must not come back. */
  results: { name: string; json: string }[]
  /** How often each step was begun. */
  attempts: number[]
}

export function createStepLog(): StepLog {
  return { results: [], attempts: [] }
}

/** Thrown where a test wants the process to die. */
export class Crash extends Error {}

export interface MemoryStepOptions {
  /** At the first attempt of every step the effect happens, its result is lost and the run dies. */
  crashesAtEveryStep?: boolean
  /** How often a step with a retryable error is tried in all. Default 1. */
  maxAttempts?: number
}

/**
 * Runs something that dies again and again until it comes to its end.
 * @returns the result and how often it died
 */
export async function surviveCrashes<T>(
  run: () => Promise<T>,
): Promise<{ result: T; crashes: number }> {
  for (let crashes = 0; ; crashes++) {
    try {
      return { result: await run(), crashes }
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
}

/** Makes the `step` of an agent's deps. */
export function createMemorySteps(log: StepLog, options: MemoryStepOptions = {}): RunStep {
  let next = 0
  return async <T>(name: string, run: (step: StepContext) => Promise<T>) => {
    const position = next++
    const stored = log.results[position]
    if (stored !== undefined) {
      if (stored.name !== name)
        throw new Error(`Step ${position} was "${stored.name}" and is "${name}" in the replay.`)
      return JSON.parse(stored.json) as T
    }
    for (;;) {
      const attempt = (log.attempts[position] ?? 0) + 1
      log.attempts[position] = attempt
      try {
        const result = await run({
          signal: new AbortController().signal,
          attempt,
          idempotencyKey: `step:${position}`,
        })
        if (options.crashesAtEveryStep === true && attempt === 1)
          throw new Crash(`crash after ${name}`)
        const json = JSON.stringify(result)
        log.results.push({ name, json })
        return JSON.parse(json) as T
      } catch (error) {
        if (attempt >= (options.maxAttempts ?? 1) || classifyError(error)?.isRetryable !== true)
          throw error
      }
    }
  }
}
