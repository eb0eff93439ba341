/**
 * Makes the sample's recording by running the real agent and the real gate over the scripted
 * conversation. `sample.int.test.ts` compares it with the file and can write it anew.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLimits } from '@sluice/agents/agent'
import type { AgentDeps, AgentResult } from '@sluice/agents/agent'
import { createBuiltInAgent } from '@sluice/agents/built-in/built-in-agent'
import { gateFeedback } from '@sluice/agents/gate-feedback'
import { createId } from '@sluice/contract/ids'
import type { LanguageModel, ModelStreamPart } from '@sluice/llm/model'
import { recordModel } from '@sluice/llm/recording'
import type { RecordedExchange, Recording, RecordingMask } from '@sluice/llm/recording-format'
import { isSandboxError, type Sandbox } from '@sluice/sandbox/sandbox'
import { conversation } from './conversation.ts'
import type { ScriptedTurn } from './conversation.ts'
import { sampleModelId, sampleTask } from './sample-task.ts'

/**
 * What may differ where the sample is played: how the person's npm announces a script, how
 * the gate is named and called, and that a command was run again after a crash.
 */
const masks: RecordingMask[] = [
  { pattern: '^npm (warn|WARN|notice|error|ERR!).*\\n*', replacement: '' },
  { pattern: '^> .*\\n+', replacement: '' },
  { pattern: '^Gate "[^"\\n]*"', replacement: 'Gate' },
  { pattern: '^Command: .*$', replacement: 'Command:' },
  { pattern: '^\\[Sluice restarted during this command[^\\n]*\\n', replacement: '' },
]

/**
 * Runs the agent over the scripted conversation in a sandbox on the sample repository.
 * @param sandbox over a fresh sample repository; the agent's edits stay in it
 */
export async function recordSample(sandbox: Sandbox): Promise<Recording> {
  const exchanges: RecordedExchange[] = []
  const turns = conversation.flat()
  const model = recordModel(scriptedModel(turns), {
    masks,
    now: () => 0,
    add: (exchange) => {
      // Estimated from the masked request, or the figures would differ between machines.
      const usage = { ...exchange.usage, inputTokens: Math.ceil(JSON.stringify(exchange.request).length / 4) }
      exchanges.push({ ...exchange, usage, pacing: turns[exchanges.length]!.pacing })
    },
  })
  const agent = createBuiltInAgent({ model })
  const taskId = createId('tsk')
  let history: AgentResult['history'] = []
  let prompt = sampleTask().prompt
  for (const [round] of conversation.entries()) {
    const result = await agent.run({ taskId, prompt, history, limits: defaultLimits }, recorderDeps(sandbox, round))
    history = result.history
    const gate = await sandbox.exec({ shell: 'npm test' }, { timeoutMs: 60_000 })
    if (gate.exitCode === 0) break
    prompt = gateFeedback({ name: 'test', command: 'npm test', exitCode: gate.exitCode, output: gate.output })
  }
  const description = 'The sample conversation: written for the sample and recorded with the built-in agent. No model is called.'
  return { format: 1, recorded: true, modelId: sampleModelId, description, masks, exchanges }
}

function recorderDeps(sandbox: Sandbox, round: number): AgentDeps {
  let steps = 0
  return {
    sandbox,
    // Read before the first edit of a round, and no edit of the script touches them.
    findFile: (path, options) =>
      sandbox.readFile(path, options).catch((error: unknown) => {
        if (isSandboxError(error) && error.code === 'not_found') return undefined
        throw error
      }),
    signal: new AbortController().signal,
    now: () => performance.now(),
    emit: () => undefined,
    step: (name, run) =>
      run({ signal: new AbortController().signal, attempt: 1, idempotencyKey: `${round}:${++steps}:${name}` }),
    async openArtifact() {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-record-'))
      const discard = () => rm(folder, { recursive: true, force: true })
      return { hostPath: join(folder, 'output'), keep: () => discard().then(() => 'artifact'), discard }
    },
  }
}

/** Plays the script, whatever it is asked. Tokens are estimated at four characters each. */
function scriptedModel(turns: readonly ScriptedTurn[]): LanguageModel {
  let next = 0
  return {
    specificationVersion: 'v4',
    provider: 'script',
    modelId: sampleModelId,
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('The script is streamed.')),
    doStream() {
      const number = next++
      const turn = turns[number]
      if (turn === undefined) return Promise.reject(new Error('The agent asks for more turns than the script has.'))
      const outputTokens = Math.ceil(JSON.stringify([turn.text, turn.calls]).length / 4)
      return Promise.resolve({ stream: ReadableStream.from(partsOf(turn, number + 1, outputTokens)) })
    },
  }
}

function partsOf(turn: ScriptedTurn, number: number, outputTokens: number): ModelStreamPart[] {
  const calls = (turn.calls ?? []).map((call, index) => ({
    type: 'tool-call' as const,
    toolCallId: `call_${number}_${index + 1}`,
    toolName: call.name,
    input: JSON.stringify(call.input),
  }))
  const reason = calls.length > 0 ? ('tool-calls' as const) : ('stop' as const)
  return [
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: turn.text },
    { type: 'text-end', id: '0' },
    ...calls,
    {
      type: 'finish',
      finishReason: { unified: reason, raw: reason },
      usage: {
        inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: outputTokens, text: outputTokens, reasoning: 0 },
      },
    },
  ]
}
