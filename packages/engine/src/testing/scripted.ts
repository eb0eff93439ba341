import type { RunContext, RunDefinition } from '../types.ts'
import { openEngine } from './fixture.ts'
import type { EngineFixture } from './fixture.ts'
import { anything } from './tuning.ts'

/** An engine whose runs do what a test says, when it says it. */
export interface ScriptedEngine {
  fixture: EngineFixture
  /** Names a body; give what comes back as the input of a run of the kind `scripted`, `queued` or `limited`. */
  define: (body: (run: RunContext) => Promise<unknown>) => { body: string }
  /** What `onEnded` was told, as `<run> <status> <code>`. */
  ended: string[]
}

/** Opens an engine with kinds whose bodies are looked up by the run's input: kinds are registered before the launch. */
export async function openScriptedEngine(): Promise<ScriptedEngine> {
  const bodies = new Map<string, (run: RunContext) => Promise<unknown>>()
  const ended: string[] = []
  const scripted = (
    kind: string,
    more: Partial<RunDefinition<{ body: string }, unknown>> = {},
  ): RunDefinition<{ body: string }, unknown> => ({
    kind,
    input: anything(),
    start: 'direct',
    execute: async (run, { body }) => await bodies.get(body)!(run),
    async onEnded(_tx, run) {
      ended.push(`${run.runId} ${run.status} ${run.error.code}`)
    },
    ...more,
  })
  const fixture = await openEngine({ random: () => 0 })
  fixture.engine.register(scripted('scripted'))
  fixture.engine.register(scripted('queued', { start: 'queue' }))
  fixture.engine.register(scripted('limited', { timeoutMs: 300 }))
  fixture.engine.register({
    kind: 'strict',
    input: {
      parse(value) {
        if (typeof value !== 'number') throw new Error('a number is wanted')
        return value
      },
    },
    start: 'direct',
    execute: async (_run, input) => input,
  })
  await fixture.engine.launch()
  return {
    fixture,
    ended,
    define(body) {
      const name = `body-${bodies.size + 1}`
      bodies.set(name, body)
      return { body: name }
    },
  }
}
