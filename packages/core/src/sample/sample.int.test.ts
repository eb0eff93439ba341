import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { defaultLimits } from '@sluice/agents/agent'
import type { AgentEvent, AgentResult } from '@sluice/agents/agent'
import { createBuiltInAgent } from '@sluice/agents/built-in/built-in-agent'
import { gateFeedback } from '@sluice/agents/gate-feedback'
import { createMemorySteps, createStepLog, surviveCrashes } from '@sluice/agents/testing/memory-steps'
import type { StepLog } from '@sluice/agents/testing/memory-steps'
import { openSandboxFixture, testSandboxProvider } from '@sluice/agents/testing/sandbox.fixture'
import type { SandboxFixture } from '@sluice/agents/testing/sandbox.fixture'
import { SluiceError } from '@sluice/contract/errors'
import { createId } from '@sluice/contract/ids'
import { openModel } from '@sluice/llm/providers'
import type { SandboxProviderName } from '@sluice/sandbox/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSampleRepository, sampleModelId, sampleRecording, sampleTask } from './index.ts'
import { recordSample } from './record-sample.fixture.ts'

const execute = promisify(execFile)
const taskId = createId('tsk')
const agent = createBuiltInAgent({
  model: openModel({ kind: 'recording', recording: sampleRecording(), pace: 0 }, sampleModelId),
})

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sluice-sample-test-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** The platform's gate: on a copy of the tree, elsewhere. */
async function runGate(fixture: SandboxFixture, provider: SandboxProviderName): Promise<{ exitCode: number | null; output: string }> {
  await using checkout = await openSandboxFixture({
    provider,
    prepare: (folder) => cp(fixture.folder, folder, { recursive: true }),
  })
  // Awaited here: the checkout is removed on the way out.
  return await checkout.sandbox.exec({ shell: 'npm test' }, { timeoutMs: 60_000, env: { FORCE_COLOR: '1' } })
}

interface Played {
  gates: (number | null)[]
  diff: string
  result: AgentResult
  events: AgentEvent[]
}

interface PlayOptions {
  log: StepLog
  crashesAtEveryStep?: boolean
  gate: () => Promise<{ exitCode: number | null; output: string }>
}

/** The whole way of a task: agent, gate, feedback, agent, gate. */
async function play(fixture: SandboxFixture, { log, crashesAtEveryStep = false, gate: run }: PlayOptions): Promise<Played> {
  const step = createMemorySteps(log, { crashesAtEveryStep })
  const { deps, events } = fixture.deps(step)
  const gates: (number | null)[] = []
  let prompt = sampleTask().prompt
  let history: AgentResult['history'] = []
  for (;;) {
    const result = await agent.run({ taskId, prompt, history, limits: defaultLimits }, deps)
    const gate = await step('gate', run)
    gates.push(gate.exitCode)
    const { stdout: diff } = await execute('git', ['diff'], { cwd: fixture.folder })
    if (gate.exitCode === 0 || result.stop.reason !== 'finished' || gates.length > 3) return { gates, diff, result, events }
    history = result.history
    prompt = gateFeedback({ name: 'tests', command: 'npm run test', exitCode: gate.exitCode, output: gate.output })
  }
}

describe.each(['worktree', 'bubblewrap'] as const)('the sample in %s', (provider) => {
  test('is red before, red after the first edit and green after the second', async ({ skip }) => {
    const check = await testSandboxProvider(provider, join(scratch, provider)).check()
    if (!check.available) skip(`${provider} is not available: ${check.reason}`)
    await using fixture = await openSandboxFixture({ provider, prepare: createSampleRepository })
    expect((await runGate(fixture, provider)).exitCode).toBe(1)
    const { gates, diff, result, events } = await play(fixture, {
      log: createStepLog(),
      gate: () => runGate(fixture, provider),
    })
    expect(result.stop).toEqual({ reason: 'finished' })
    expect(gates).toEqual([1, 0])
    expect(diff).toContain('diff --git a/src/split.js')
    expect(diff.match(/^diff /gm)).toHaveLength(1)
    expect(result.costMicros).toBe(0)
    expect(events.filter((event) => event.type === 'tool.ended').map(({ payload }) => payload.summary.replace(/[\d.]+ s$/, '… s'))).toEqual([
      'Listed the repository · 12 entries',
      'Read src/split.js · 18 lines',
      'Read test/split.js · 11 lines',
      'Plan · 1 of 3 done',
      'Edited src/split.js +3 −1',
      expect.stringMatching(/^Ran node -e .* · exit 0 · … s$/),
      'Plan · 3 of 3 done',
      'Edited src/split.js +3 −1',
      'Ran node test/run.js · exit 0 · … s',
    ])
  })
})

test('the sample survives a crash after the effect of every step', async () => {
  await using fixture = await openSandboxFixture({ prepare: createSampleRepository })
  const log = createStepLog()
  // The gate in the same sandbox and without npm: here it is only a step among others.
  const gate = () => fixture.sandbox.exec({ shell: 'node test/run.js' }, { timeoutMs: 60_000 })
  const { result: played, crashes } = await surviveCrashes(() => play(fixture, { log, gate, crashesAtEveryStep: true }))
  const names = log.results.map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('agent: turn'))).toHaveLength(6)
  expect(crashes).toBe(names.length)
  expect(played.gates).toEqual([1, 0])
  expect(played.result.stop).toEqual({ reason: 'finished' })
  expect(played.diff.match(/^\+ .*/gm)).toHaveLength(6)
})

test('any other prompt is answered with a clear error', async () => {
  await using fixture = await openSandboxFixture({ prepare: createSampleRepository })
  const { deps } = fixture.deps(createMemorySteps(createStepLog()))
  const result = await agent.run({ taskId, prompt: 'Rewrite it in Rust', history: [], limits: defaultLimits }, deps)
  expect(result.stop).toMatchObject({ reason: 'stopped', code: 'recording_mismatch' })
  expect(result.stop).toHaveProperty(
    'message',
    'recorded/sample is a recording and answers only what it holds. The nearest request it holds differs at ' +
      'messages[0].content[0].text (line 1): recorded "A customer reports: splitting a bill of 10.00 among three pe", asked "Rewrite it in Rust".',
  )
  expect((await execute('git', ['status', '--short'], { cwd: fixture.folder })).stdout).toBe('')
})

test('the recording is what the agent of today asks', async () => {
  await using fixture = await openSandboxFixture({ prepare: createSampleRepository })
  const recording = await recordSample(fixture.sandbox)
  // After a change to the agent's prompt or tools: vitest -u writes the file anew.
  await expect(`${JSON.stringify(recording, null, 2)}\n`).toMatchFileSnapshot('./recording.json')
})

test('the sample repository is the same commit everywhere and clean', async () => {
  const path = join(scratch, 'made')
  const made = await createSampleRepository(path)
  expect(made).toEqual({ path, branch: 'main', commit: '6ce19505e8afbceb9ddbc05a8b4677f471a265aa' })
  expect((await execute('git', ['status', '--short', '--branch'], { cwd: path })).stdout).toBe('## main\n')
  expect((await execute('git', ['log', '-1', '--format=%an %aI'], { cwd: path })).stdout).toMatch(/^Fair Share 2026-01-01T/)
})

test('no sample is made over something that is there', async () => {
  const error = await createSampleRepository(scratch).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SluiceError)
  expect(error).toMatchObject({ code: 'conflict' })
})
