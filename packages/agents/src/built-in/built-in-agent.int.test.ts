import { createId } from '@sluice/contract/ids'
import { openModel } from '@sluice/llm/providers'
import type { Sandbox } from '@sluice/sandbox/sandbox'
import { startScriptedProvider } from '@sluice/testing/scripted-provider'
import type {
  ScriptedAnswer,
  ScriptedFailure,
  ScriptedProvider,
  ScriptedRequest,
} from '@sluice/testing/scripted-provider'
import { afterEach, describe, expect, test } from 'vitest'
import { defaultLimits } from '../agent.ts'
import type { AgentDeps, AgentEvent, AgentRequest } from '../agent.ts'
import { createMemorySteps, createStepLog, surviveCrashes } from '../testing/memory-steps.ts'
import type { MemoryStepOptions } from '../testing/memory-steps.ts'
import { openSandboxFixture } from '../testing/sandbox.fixture.ts'
import type { SandboxFixture } from '../testing/sandbox.fixture.ts'
import { createBuiltInAgent } from './built-in-agent.ts'
import type { BuiltInAgentOptions } from './built-in-agent.ts'

const closing: AsyncDisposable[] = []
afterEach(async () => {
  for (const thing of closing.splice(0).reverse()) await thing[Symbol.asyncDispose]()
})

type Turn =
  | ScriptedAnswer
  | ScriptedFailure
  | ((request: ScriptedRequest) => ScriptedAnswer | ScriptedFailure)

interface World {
  fixture: SandboxFixture
  provider: ScriptedProvider
  run: (
    prompt: string,
    more?: {
      request?: Partial<AgentRequest>
      deps?: Partial<AgentDeps>
      steps?: MemoryStepOptions
      agent?: Partial<BuiltInAgentOptions>
    },
  ) => ReturnType<ReturnType<typeof createBuiltInAgent>['run']>
  events: AgentEvent[]
}

/** Turns are answered by how many answers the conversation holds already, so that a turn asked again is answered again. */
function turnNumber({ body }: ScriptedRequest): number {
  const messages = body['messages'] as { role: string }[]
  return messages.filter(({ role }) => role === 'assistant').length
}

async function world(
  files: Record<string, string>,
  turns: Turn[] | ((request: ScriptedRequest) => Turn),
): Promise<World> {
  const fixture = await openSandboxFixture({ files })
  const provider = await startScriptedProvider((request) => {
    const turn =
      typeof turns === 'function'
        ? turns(request)
        : (turns[turnNumber(request)] ?? { text: 'Done.' })
    return typeof turn === 'function' ? turn(request) : turn
  })
  closing.push(fixture, provider)
  const model = openModel(
    { kind: 'anthropic', baseUrl: provider.url, apiKey: 'k' },
    'claude-sonnet-5',
  )
  const events: AgentEvent[] = []
  return {
    fixture,
    provider,
    events,
    run(prompt, { request, deps, steps, agent } = {}) {
      const step = deps?.step ?? createMemorySteps(createStepLog(), steps)
      const made = fixture.deps(step, { emit: (event) => void events.push(event), ...deps })
      const limits = defaultLimits
      return createBuiltInAgent({ model, ...agent }).run(
        { taskId: createId('tsk'), prompt, history: [], limits, ...request },
        made.deps,
      )
    },
  }
}

const call = (name: string, input: object | string) => ({ toolCalls: [{ name, input }] })
const summaries = (events: AgentEvent[]) =>
  events.flatMap((event) => (event.type === 'tool.ended' ? [event.payload.summary] : []))
const endedOf = (events: AgentEvent[]) =>
  events.flatMap((event) => (event.type === 'tool.ended' ? [event.payload] : []))

test('reads, edits, runs and finishes, and shows all of it', async () => {
  const { run, fixture, provider, events } = await world(
    { 'src/a.txt': 'one\ntwo\n', 'AGENTS.md': 'Be kind.', 'CLAUDE.md': '@AGENTS.md' },
    [
      { text: ['I ', 'look.'], reasoning: 'Hm.', ...call('read_file', { path: 'src/a.txt' }) },
      call('edit_file', { path: 'src/a.txt', old_text: 'two\n', new_text: 'TWO\nthree\n' }),
      call('run_command', { command: 'cat src/a.txt; pwd; exit 3' }),
      call('update_plan', { items: [{ text: 'Edit', status: 'completed' }] }),
      { text: 'All done.' },
    ],
  )
  const result = await run('Change it')
  expect(result).toMatchObject({
    stop: { reason: 'finished' },
    text: 'All done.',
    turns: 5,
    usage: { inputTokens: 500, outputTokens: 50 },
  })
  expect(result.costMicros).toBeGreaterThan(0)
  expect(await fixture.read('src/a.txt')).toBe('one\nTWO\nthree\n')
  expect(summaries(events).map((summary) => summary.replace(/[\d.]+ s$/, '… s'))).toEqual([
    'Read src/a.txt · 2 lines',
    'Edited src/a.txt +2 −1',
    'Ran cat src/a.txt; pwd; exit 3 · exit 3 · … s',
    'Plan · 1 of 1 done',
  ])
  expect(events.slice(0, 4)).toMatchObject([
    { type: 'message.started', payload: { attempt: 1 } },
    { type: 'message.text', payload: { kind: 'reasoning', text: 'Hm.' } },
    { type: 'message.text', payload: { kind: 'text', text: 'I look.' } },
    { type: 'usage.added', payload: { modelId: 'claude-sonnet-5', inputTokens: 100 } },
  ])
  expect(events).toContainEqual(expect.objectContaining({ type: 'plan.changed' }))
  const last = provider.requests.at(-1)!.bodyText
  expect(last).toContain('[exit code 3]\\none\\nTWO\\nthree\\n.')
  expect(last).toContain('Be kind.')
  expect(last).not.toContain('@AGENTS.md')
  expect(last, 'no path of the host may reach the model').not.toContain(fixture.folder)
  expect(JSON.parse(JSON.stringify(result.history))).toEqual(result.history)
})

test('calls of one turn are done in order, one after the other', async () => {
  const { run, fixture } = await world({}, [
    {
      toolCalls: [
        { name: 'run_command', input: { command: 'sleep 0.2; echo first >> log' } },
        { name: 'run_command', input: { command: 'echo second >> log' } },
        { name: 'write_file', input: { path: 'copy/of', content: 'third\n' } },
      ],
    },
  ])
  await run('Go')
  expect(await fixture.read('log')).toBe('first\nsecond\n')
  expect(await fixture.read('copy/of')).toBe('third\n')
})

test('what is wrong with a call goes back to the model as its result', async () => {
  const { run, events, provider } = await world({ 'a.txt': 'a\na\n', 'bin.dat': 'x\0y' }, [
    {
      toolCalls: [
        { name: 'read_file', input: '{"path": "a.tx' },
        { name: 'fly', input: {} },
        { name: 'read_file', input: { file: 'a.txt' } },
        { name: 'read_file', input: { path: 'none.txt' } },
        { name: 'read_file', input: { path: '../../etc/passwd' } },
        { name: 'read_file', input: { path: 'bin.dat' } },
        { name: 'edit_file', input: { path: 'a.txt', old_text: 'a', new_text: 'b' } },
      ],
    },
    { text: 'I see.' },
  ])
  expect((await run('Try')).stop).toEqual({ reason: 'finished' })
  expect(endedOf(events).map(({ status }) => status)).toEqual(
    Array.from({ length: 7 }, () => 'error'),
  )
  const sent = provider.requests.at(-1)!.bodyText
  for (const text of [
    'is not valid JSON',
    'There is no tool \\"fly\\"',
    'is not right',
    'none.txt',
    'is a binary file',
    'occurs 2 times',
  ]) {
    expect(sent).toContain(text)
  }
  expect(sent).not.toContain('root:x')
})

test('a crash after the effect of every step changes nothing but what a command does twice', async () => {
  const { run, fixture, events, provider } = await world({ 'a.txt': 'start\n' }, [
    call('edit_file', { path: 'a.txt', old_text: 'start\n', new_text: 'start\nmore\n' }),
    call('write_file', { path: 'b.txt', content: 'b\n' }),
    call('run_command', { command: 'echo ran >> c.txt' }),
    { text: 'Done.' },
  ])
  const log = createStepLog()
  const { result, crashes } = await surviveCrashes(() =>
    run('Go', { deps: { step: createMemorySteps(log, { crashesAtEveryStep: true }) } }),
  )
  expect(crashes).toBe(log.results.length)
  expect(result.stop).toEqual({ reason: 'finished' })
  expect(await fixture.read('a.txt')).toBe('start\nmore\n')
  expect(await fixture.read('c.txt')).toBe('ran\nran\n')
  expect(provider.requests.at(-1)!.bodyText).toContain(
    'Sluice restarted during this command, so it was run again.',
  )
  const started = events.flatMap((event) =>
    event.type === 'message.started' ? [event.payload] : [],
  )
  expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
  expect(new Set(started.map(({ messageId }) => messageId)).size).toBe(4)
  expect(summaries(events)[1]).toBe('Edited a.txt +1 −0 (already there)')
})

describe('providers that fail', () => {
  test('a passing failure is retried by the step, under the same message', async () => {
    let failures = 2
    const { run, events } = await world({}, () =>
      failures-- > 0 ? { status: 529, message: 'Overloaded' } : { text: 'Here.' },
    )
    expect((await run('Go', { steps: { maxAttempts: 3 } })).text).toBe('Here.')
    const started = events.flatMap((event) =>
      event.type === 'message.started' ? [event.payload] : [],
    )
    expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(new Set(started.map(({ messageId }) => messageId)).size).toBe(1)
  })

  test.each([
    [{ status: 529, message: 'Overloaded' }, 'provider_unavailable'],
    [{ status: 401, message: 'invalid x-api-key' }, 'provider_auth'],
    [{ status: 400, message: 'tools: bad' }, 'provider_error'],
    [{ text: ['one', 'two'], cutAfterPieces: 1 }, 'provider_unavailable'],
  ])('%o ends as %s, with the conversation so far', async (failure, code) => {
    const { run } = await world({ 'a.txt': 'a' }, [call('read_file', { path: 'a.txt' }), failure])
    const result = await run('Go', { steps: { maxAttempts: 2 } })
    expect(result.stop).toMatchObject({ reason: 'stopped', code })
    expect(result.history).toHaveLength(3)
    expect(result.turns).toBeGreaterThan(0)
  })
})

describe('limits', () => {
  const endless = () => call('update_plan', { items: [{ text: 'Again', status: 'pending' }] })

  test.each([
    [{ turns: 3 }, 'turn_limit', 3],
    [{ tokens: 250 }, 'token_limit', 3],
    [{ costMicros: 700 }, 'cost_limit', 3],
  ])('%o stops the work as %s', async (limit, code, requests) => {
    const { run, provider } = await world({}, endless)
    const result = await run('Go', { request: { limits: { ...defaultLimits, ...limit } } })
    expect(result.stop).toMatchObject({ reason: 'stopped', code })
    expect(provider.requests).toHaveLength(requests)
  })

  test('the time limit ends a command and then the work', async () => {
    const { run, events } = await world({}, () => call('run_command', { command: 'sleep 600' }))
    const result = await run('Go', { request: { limits: { ...defaultLimits, timeMs: 1500 } } })
    expect(result.stop).toMatchObject({ code: 'time_limit' })
    expect(summaries(events)[0]).toMatch(/^Ran sleep 600 · timed out/)
  })

  test('a stopped conversation can be gone on with', async () => {
    const { run, provider } = await world({}, endless)
    const first = await run('Go', { request: { limits: { ...defaultLimits, turns: 1 } } })
    await run('Go on', {
      request: { history: first.history, limits: { ...defaultLimits, turns: 1 } },
    })
    const messages = provider.requests.at(-1)!.body['messages'] as { role: string }[]
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(provider.requests.at(-1)!.bodyText).toContain('Plan updated.')
  })
})

describe('a long conversation', () => {
  const big = 'words\n'.repeat(800)
  const files = { 'a.txt': `${big}\n`, 'b.txt': `${big}\n` }
  const isSummary = ({ bodyText }: ScriptedRequest) => bodyText.includes('<conversation>')

  test('old tool outputs are dropped first, without asking the model', async () => {
    const turns = [
      ...Array.from({ length: 9 }, () => call('read_file', { path: 'a.txt' })),
      { text: 'Done.' },
    ]
    const small = turns.map((turn) => ({ ...turn, usage: { inputTokens: 0, outputTokens: 0 } }))
    const { run, provider, events } = await world(files, small)
    const result = await run('Read', { agent: { contextTokens: 30_000 } })
    expect(result.stop).toEqual({ reason: 'finished' })
    expect(provider.requests.some(isSummary)).toBe(false)
    expect(provider.requests.at(-1)!.bodyText).toContain('This output was dropped to save room')
    expect(events).toContainEqual(expect.objectContaining({ type: 'context.compacted' }))
  })

  test('then the model sums up, and the work goes on from the summary and the task', async () => {
    const { run, provider, events } = await world(files, (request) => {
      if (isSummary(request))
        return { text: 'Read a.txt; it holds words.', usage: { inputTokens: 7, outputTokens: 3 } }
      if (request.bodyText.includes('it holds words'))
        return { text: 'Done.', usage: { inputTokens: 1, outputTokens: 1 } }
      return {
        ...call('read_file', { path: 'a.txt' }),
        usage: { inputTokens: 6000, outputTokens: 10 },
      }
    })
    const result = await run('Count the words of everything', { agent: { contextTokens: 9000 } })
    expect(result.stop).toEqual({ reason: 'finished' })
    expect(provider.requests.at(-1)!.bodyText).toContain('Count the words of everything')
    expect(events).toContainEqual(expect.objectContaining({ type: 'context.compacted' }))
    expect(result.usage.inputTokens).toBe(6000 + 7 + 1)
  })

  test('a provider that says it is too long is believed, once', async () => {
    const tooLong = { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' }
    const { run } = await world(files, (request) =>
      isSummary(request)
        ? { text: 'Nothing yet.' }
        : request.bodyText.includes('Nothing yet')
          ? { text: 'Done.' }
          : tooLong,
    )
    expect((await run('Go')).stop).toEqual({ reason: 'finished' })
    const hopeless = await world(files, (request) =>
      isSummary(request) ? { text: 'Nothing.' } : tooLong,
    )
    expect((await hopeless.run('Go')).stop).toMatchObject({ code: 'provider_error' })
  })
})

describe('cancel', () => {
  test('in the middle of an answer ends the run at once', async () => {
    const stuck = Promise.withResolvers<void>()
    const controller = new AbortController()
    const { run, provider } = await world({}, () => ({
      text: ['one ', 'two'],
      afterPiece: () => (controller.abort(new Error('enough')), stuck.promise),
    }))
    await expect(run('Go', { deps: { signal: controller.signal } })).rejects.toThrow('enough')
    await expect.poll(() => provider.abandoned).toBe(1)
    stuck.resolve()
  })

  test('in the middle of a command ends the command', async () => {
    const controller = new AbortController()
    const { run, fixture, events } = await world({}, () =>
      call('run_command', { command: 'echo begun; sleep 600; echo late > late.txt' }),
    )
    const seen: AgentEvent[] = []
    const emit = (event: AgentEvent) => {
      seen.push(event)
      if (event.type === 'tool.output') controller.abort(new Error('enough'))
    }
    await expect(run('Go', { deps: { signal: controller.signal, emit } })).rejects.toThrow('enough')
    expect(endedOf(seen)).toMatchObject([{ status: 'cancelled' }])
    expect(events).toEqual([])
    await expect(fixture.read('late.txt')).rejects.toThrow('ENOENT')
  })
})

test('a long output is cut in the middle for the model and kept whole beside it', async () => {
  const { run, fixture, events, provider } = await world({}, [
    call('run_command', { command: 'seq 1 20000' }),
  ])
  await run('Count')
  const [ended] = endedOf(events)
  expect(await fixture.artifact(ended?.artifactId ?? '')).toBe(
    Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join(''),
  )
  const sent = provider.requests.at(-1)!.bodyText
  expect(sent).toMatch(/\[exit code 0\]\\n1\\n2\\n3\\n/)
  expect(sent).toContain('\\n19999\\n20000')
  expect(sent.length).toBeLessThan(60_000)
})

test('a model that stops in the middle is asked to go on, and not for ever', async () => {
  const helped = await world({}, [{ text: 'and then', isCutByLength: true }, { text: 'the end.' }])
  expect((await helped.run('Tell')).text).toBe('the end.')
  const silent = await world({}, () => ({ text: '' }))
  expect((await silent.run('Tell')).stop).toMatchObject({
    code: 'agent_error',
    message: 'The model answers with nothing.',
  })
  expect(silent.provider.requests).toHaveLength(4)
})

/** The same sandbox on a machine without ripgrep. */
function withoutRipgrep(sandbox: Sandbox): Sandbox {
  const exec: Sandbox['exec'] = (command, options) =>
    sandbox.exec(
      'argv' in command && command.argv[0] === 'rg' ? { argv: ['no-such-program'] } : command,
      options,
    )
  return {
    id: sandbox.id,
    provider: sandbox.provider,
    root: sandbox.root,
    notes: sandbox.notes,
    exec,
    readFile: (...input) => sandbox.readFile(...input),
    writeFile: (...input) => sandbox.writeFile(...input),
    removeFile: (...input) => sandbox.removeFile(...input),
    list: (...input) => sandbox.list(...input),
    stat: (...input) => sandbox.stat(...input),
    dispose: () => sandbox.dispose(),
    [Symbol.asyncDispose]: () => sandbox.dispose(),
  }
}

describe.each(['ripgrep', 'grep'])('looking around with %s', (program) => {
  test('finds lines by pattern, lists folders and reads ranges', async ({ skip }) => {
    const files = {
      'src/a.ts': 'let x = 1\nlet y = 22\n',
      'src/deep/b.ts': 'let z = 333\n',
      'node_modules/m/index.js': 'let x = 1\n',
      '.gitignore': 'node_modules/\n',
      'README.md': 'let it be 4\n',
    }
    const { run, provider, fixture } = await world(files, [
      {
        toolCalls: [
          { name: 'search', input: { pattern: 'let \\w = \\d+' } },
          { name: 'search', input: { pattern: 'LET', path: '.', glob: '*.md', ignore_case: true } },
          { name: 'search', input: { pattern: 'nowhere' } },
          { name: 'search', input: { pattern: 'let (' } },
          { name: 'list_files', input: { depth: 3 } },
          { name: 'read_file', input: { path: 'src/a.ts', from_line: 2 } },
        ],
      },
    ])
    const found = await fixture.sandbox.exec({ argv: ['rg', '--version'] }, { timeoutMs: 10_000 })
    if (program === 'ripgrep' && found.exitCode !== 0) skip('ripgrep is not installed here')
    await run(
      'Look',
      program === 'grep' ? { deps: { sandbox: withoutRipgrep(fixture.sandbox) } } : {},
    )
    const messages = provider.requests.at(-1)!.body['messages'] as {
      content: { content?: { text: string }[] | string }[]
    }[]
    const results = messages
      .at(-1)!
      .content.map(({ content }) =>
        typeof content === 'string' ? content : (content?.[0]?.text ?? ''),
      )
    expect(results[0]).toBe(
      'src/a.ts:1:let x = 1\nsrc/a.ts:2:let y = 22\nsrc/deep/b.ts:1:let z = 333',
    )
    expect(results[1]).toBe('README.md:1:let it be 4')
    expect(results[2]).toBe('No match.')
    expect(results[3]).toMatch(/^The search failed: /)
    expect(results[4]?.split('\n')).toEqual([
      '.gitignore',
      'README.md',
      'node_modules/',
      'src/',
      'src/a.ts',
      'src/deep/',
      'src/deep/b.ts',
    ])
    expect(results[5]).toBe('2\tlet y = 22')
  })
})
