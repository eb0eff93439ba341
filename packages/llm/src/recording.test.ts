import { expect, test } from 'vitest'
import { callModel } from './call-model.ts'
import type { LanguageModel, ModelCall, ModelStreamPart } from './model.ts'
import { recordingModel, RecordingMismatchError, recordModel } from './recording.ts'
import { Recording } from './recording-format.ts'
import type { RecordedExchange, RecordingMask } from './recording-format.ts'

const tool = {
  type: 'function' as const,
  name: 'look',
  description: 'Looks',
  inputSchema: { type: 'object' as const, properties: {} },
}

function request(...texts: string[]): ModelCall {
  const messages = texts.map((text) => ({
    role: 'user' as const,
    content: [{ type: 'text' as const, text }],
  }))
  return { prompt: [{ role: 'system', content: 'You help.' }, ...messages], tools: [tool] }
}

const answerParts: ModelStreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta: 'Let me see.' },
  { type: 'reasoning-end', id: 'r' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'I will ' },
  { type: 'text-delta', id: 't', delta: 'look.' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call', toolCallId: 'call_1', toolName: 'look', input: '{}' },
  {
    type: 'finish',
    finishReason: { unified: 'tool-calls', raw: 'tool_use' },
    usage: {
      inputTokens: { total: 30, noCache: 10, cacheRead: 15, cacheWrite: 5 },
      outputTokens: { total: 8, text: 8, reasoning: 0 },
    },
  },
]

const realModel: LanguageModel = {
  specificationVersion: 'v4',
  provider: 'script',
  modelId: 'script',
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error('not used')),
  doStream: () => Promise.resolve({ stream: ReadableStream.from(answerParts) }),
}

async function record(masks: RecordingMask[], ...calls: ModelCall[]): Promise<Recording> {
  const exchanges: RecordedExchange[] = []
  const model = recordModel(realModel, {
    masks,
    now: () => 0,
    add: (exchange) => exchanges.push(exchange),
  })
  for (const call of calls) await callModel(model, call)
  return Recording.parse(
    JSON.parse(
      JSON.stringify({
        format: 1,
        recorded: true,
        modelId: 'recorded/test',
        description: 'Test',
        masks,
        exchanges,
      }),
    ),
  )
}

test('a recording gives the answer that was recorded, as often as it is asked', async () => {
  const original = await callModel(realModel, request('Hello'))
  const model = recordingModel(await record([], request('Hello')), { pace: 0 })
  expect(await callModel(model, request('Hello'))).toEqual(original)
  expect(await callModel(model, request('Hello'))).toEqual(original)
})

test('options of providers and settings do not matter to a recording', async () => {
  const model = recordingModel(await record([], request('Hello')), { pace: 0 })
  const [system, user] = request('Hello').prompt
  const marked = {
    ...user!,
    providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
  }
  const answer = await callModel(model, {
    prompt: [system!, marked],
    tools: [tool],
    maxOutputTokens: 5,
    headers: { 'x-a': 'b' },
  })
  expect(answer.text).toBe('I will look.')
})

test.each<[string, ModelCall, string, string, string]>([
  [
    'another text',
    request('Hello', 'Go on, and fast'),
    'messages[1].content[0].text (line 1)',
    '"Go on, please"',
    '"Go on, and fast"',
  ],
  [
    'a message more',
    request('Hello', 'Go on, please', 'And?'),
    'messages[2]',
    'nothing',
    '{"content"',
  ],
  [
    'another tool',
    { ...request('Hello'), tools: [{ ...tool, name: 'peek' }] },
    'tools[0].name (line 1)',
    '"look"',
    '"peek"',
  ],
  ['no tools', { prompt: request('Hello').prompt }, 'tools[0]', '"look"', 'nothing'],
])('%s is refused, and the nearest difference named', async (_, call, path, expected, actual) => {
  const model = recordingModel(
    await record([], request('Hello'), request('Hello', 'Go on, please')),
    { pace: 0 },
  )
  const error = await callModel(model, call).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RecordingMismatchError)
  const { difference, message, isRetryable, reason } = error as RecordingMismatchError
  expect(difference.path).toBe(path)
  expect(difference.expected).toContain(expected)
  expect(difference.actual).toContain(actual)
  expect(message).toContain('recorded/test is a recording and answers only what it holds')
  expect({ reason, isRetryable }).toEqual({ reason: 'recording_mismatch', isRetryable: false })
})

test('what is declared to differ between machines is masked on both sides', async () => {
  const masks = [
    { pattern: '/tmp/[\\w-]+', replacement: '<temp>' },
    { pattern: '\\d+(\\.\\d+)? ?ms\\b', replacement: '<time>' },
  ]
  const model = recordingModel(await record(masks, request('took 12 ms in /tmp/a-1')), { pace: 0 })
  expect((await callModel(model, request('took 3.5ms in /tmp/zz'))).text).toBe('I will look.')
  await expect(callModel(model, request('took long in /tmp/zz'))).rejects.toThrow(
    RecordingMismatchError,
  )
})

test('a cancelled replay stops at once', async () => {
  const recording = await record([], request('Hello'))
  const slow = { ...recording.exchanges[0]!, pacing: { firstPartMs: 600_000, totalMs: 0 } }
  const controller = new AbortController()
  const call = callModel(recordingModel({ ...recording, exchanges: [slow] }), {
    ...request('Hello'),
    abortSignal: controller.signal,
  })
  controller.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('a file of another format is refused', () => {
  expect(() => Recording.parse({ format: 2, exchanges: [] })).toThrow(/format/)
})
