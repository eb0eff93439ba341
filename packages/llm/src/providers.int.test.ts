import { startScriptedProvider } from '@sluice/testing/scripted-provider'
import type {
  Script,
  ScriptedProvider,
  ScriptedProviderOptions,
} from '@sluice/testing/scripted-provider'
import { afterEach, describe, expect, test } from 'vitest'
import { callModel } from './call-model.ts'
import { ModelError } from './errors.ts'
import type { ModelCall, ModelMessage } from './model.ts'
import type { ProviderConfig } from './provider-config.ts'
import { listModels, openModel, testProvider } from './providers.ts'

const open: ScriptedProvider[] = []
afterEach(async () => {
  for (const provider of open.splice(0)) await provider.close()
})
async function start(script: Script, options?: ScriptedProviderOptions): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider(script, options)
  open.push(provider)
  return provider
}

const never = new AbortController().signal
const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
const tools: ModelCall['tools'] = [
  {
    type: 'function',
    name: 'look',
    description: 'Looks',
    inputSchema: { type: 'object', properties: { at: { type: 'string' } } },
  },
]

const kinds: {
  kind: string
  modelId: string
  config: (provider: ScriptedProvider, apiKey?: string) => ProviderConfig
}[] = [
  {
    kind: 'anthropic',
    modelId: 'claude-sonnet-5',
    config: ({ url }, apiKey = 'k') => ({ kind: 'anthropic', baseUrl: url, apiKey }),
  },
  {
    kind: 'openai',
    modelId: 'gpt-5',
    config: ({ openaiUrl }, apiKey = 'k') => ({ kind: 'openai', baseUrl: openaiUrl, apiKey }),
  },
  {
    kind: 'openai_compatible',
    modelId: 'qwen3-coder',
    config: ({ openaiUrl }, apiKey) => ({
      kind: 'openai_compatible',
      baseUrl: openaiUrl,
      ...(apiKey ? { apiKey } : {}),
    }),
  },
]

describe.each(kinds)('$kind over its own protocol', ({ kind, modelId, config }) => {
  const failureOf = (promise: Promise<unknown>): Promise<ModelError> =>
    promise.then(
      () => expect.fail('the call succeeded'),
      (error: unknown) => (error instanceof ModelError ? error : Promise.reject(error)),
    )

  test('gives text, thinking, tool calls and usage', async () => {
    const provider = await start(() => ({
      reasoning: 'Where is it?',
      text: ['I lo', 'ok.'],
      toolCalls: [
        { id: 'c1', name: 'look', input: { at: 'src' } },
        { id: 'c2', name: 'look', input: '{"at":' },
      ],
      usage: { inputTokens: 120, outputTokens: 9, cacheReadTokens: 100 },
    }))
    const deltas: string[] = []
    const answer = await callModel(
      openModel(config(provider), modelId),
      { prompt: [{ role: 'system', content: 'Be short.' }, user('Find it')], tools },
      { onPart: (part) => part.type === 'text-delta' && deltas.push(part.delta) },
    )
    expect(deltas).toEqual(['I lo', 'ok.'])
    expect(answer.text).toBe('I look.')
    expect(answer.finishReason).toBe('tool-calls')
    expect(answer.toolCalls).toEqual([
      { id: 'c1', name: 'look', input: '{"at":"src"}' },
      { id: 'c2', name: 'look', input: '{"at":' },
    ])
    expect(answer.usage).toEqual({
      inputTokens: 120,
      outputTokens: 9,
      cacheReadTokens: 100,
      cacheWriteTokens: 0,
    })
    expect(answer.message.content).toContainEqual(
      expect.objectContaining({ type: 'reasoning', text: 'Where is it?' }),
    )
  })

  test('takes its own answer and tool results back, also after a store has held them', async () => {
    const provider = await start(({ number }) =>
      number === 1
        ? {
            reasoning: 'Hm',
            text: 'Looking',
            toolCalls: [{ id: 'c1', name: 'look', input: '{"broken' }],
          }
        : { text: 'Done' },
    )
    const model = openModel(config(provider), modelId)
    const settings = { providerOptions: { openai: { store: false } } }
    const first = await callModel(model, { ...settings, prompt: [user('Find it')], tools })
    const result: ModelMessage = {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          toolCallId: 'c1',
          toolName: 'look',
          output: { type: 'error-text', value: 'not valid JSON' },
        },
      ],
    }
    const history = JSON.parse(
      JSON.stringify([user('Find it'), first.message, result]),
    ) as ModelMessage[]
    expect((await callModel(model, { ...settings, prompt: history, tools })).text).toBe('Done')
    const sent = provider.requests[1]!.bodyText
    expect(sent).toContain('Looking')
    expect(sent).toContain('not valid JSON')
    expect(sent).toContain('malformed_input')
  })

  test('a wrong key is told as such, by a call, by the list and by the test button', async () => {
    const provider = await start(() => ({ text: 'hi' }), { acceptedKey: 'right' })
    const wrong = config(provider, 'wrong')
    expect(
      (await failureOf(callModel(openModel(wrong, modelId), { prompt: [user('hi')] }))).reason,
    ).toBe('auth')
    expect((await failureOf(listModels(wrong, { signal: never }))).reason).toBe('auth')
    const tested = await testProvider(wrong, { modelId, signal: never })
    expect(tested).toMatchObject({ ok: false, modelId, answer: null })
    expect(tested.problem).toContain('does not accept the key')
    expect(JSON.stringify(tested)).not.toContain('wrong')
    expect((await testProvider(config(provider, 'right'), { modelId, signal: never })).answer).toBe(
      'hi',
    )
  })

  test.each([
    [429, 'rate_limit_error', 'Slow down', 'rate_limited'],
    [503, 'overloaded_error', 'Overloaded', 'overloaded'],
    [404, 'not_found_error', `model: ${modelId}`, 'unknown_model'],
    [
      400,
      'invalid_request_error',
      'prompt is too long: 300000 tokens > 200000 maximum',
      'context_overflow',
    ],
  ])('status %i of type %s is %s', async (status, type, message, reason) => {
    const provider = await start(() => ({ status, type, message, headers: { 'retry-after': '3' } }))
    const error = await failureOf(
      callModel(openModel(config(provider), modelId), { prompt: [user('hi')] }),
    )
    expect(error.reason).toBe(reason)
    expect(error.message).toContain(message)
    expect(error.retryAfterMs).toBe(3000)
    expect(provider.requests).toHaveLength(1)
  })

  test('a page of HTML in place of an answer does not end up in the message', async () => {
    const rawBody = `<html><body>${'x'.repeat(5000)}</body></html>`
    const provider = await start(() => ({ status: 502, message: '', rawBody }))
    const error = await failureOf(
      callModel(openModel(config(provider), modelId), { prompt: [user('hi')] }),
    )
    expect(error.reason).toBe('overloaded')
    expect(error.message).not.toContain('<html>')
  })

  test('a stream that is cut is an error worth a retry, never a short answer', async () => {
    const provider = await start(() => ({ text: ['one ', 'two ', 'three'], cutAfterPieces: 2 }))
    const error = await failureOf(
      callModel(openModel(config(provider), modelId), { prompt: [user('hi')] }),
    )
    expect({ reason: error.reason, isRetryable: error.isRetryable }).toEqual({
      reason: 'unreachable',
      isRetryable: true,
    })
  })

  test('an answer that was cut by its length limit says so', async () => {
    const provider = await start(() => ({ text: 'and then', isCutByLength: true }))
    expect(
      (await callModel(openModel(config(provider), modelId), { prompt: [user('hi')] }))
        .finishReason,
    ).toBe('length')
  })

  test('a cancel ends the call at once and lets the connection go', async () => {
    const stuck = Promise.withResolvers<void>()
    const provider = await start(() => ({ text: ['one ', 'two'], afterPiece: () => stuck.promise }))
    const controller = new AbortController()
    const call = callModel(
      openModel(config(provider), modelId),
      { prompt: [user('hi')], abortSignal: controller.signal },
      { onPart: (part) => part.type === 'text-delta' && controller.abort(new Error('enough')) },
    )
    await expect(call).rejects.toThrow('enough')
    await expect.poll(() => provider.abandoned).toBe(1)
    stuck.resolve()
  })

  test('a model that falls silent is given up', async () => {
    const stuck = Promise.withResolvers<void>()
    const provider = await start(() => ({ text: 'never', before: stuck.promise }))
    const error = await failureOf(
      callModel(
        openModel(config(provider), modelId),
        { prompt: [user('hi')] },
        { idleLimitMs: 30 },
      ),
    )
    expect(error.message).toBe('The model sent nothing for 0.03 s.')
    expect(error.isRetryable).toBe(true)
    stuck.resolve()
  })

  test('an address where nothing listens is named', async () => {
    const provider = await start(() => ({ text: 'hi' }))
    const gone = config(provider)
    await provider.close()
    const tested = await testProvider(gone, { modelId, signal: never })
    expect(tested.problem).toMatch(/^Cannot reach http:\/\/127\.0\.0\.1:\d+.*connection refused/)
    expect((await failureOf(listModels(gone, { signal: never }))).message).toMatch(
      /^Cannot reach http:\/\/127/,
    )
  })

  test('a test that takes too long ends with its time limit', async () => {
    const stuck = Promise.withResolvers<void>()
    const provider = await start(() => ({ text: 'never', before: stuck.promise }))
    const tested = await testProvider(config(provider), { modelId, signal: never, timeoutMs: 50 })
    expect(tested.problem).toMatch(/did not answer within 0\.05 s/)
    stuck.resolve()
  })

  test('lists the models that can hold a conversation, with a default', async () => {
    const models = ['text-embedding-3-small', 'gpt-5', 'claude-sonnet-5-20260901', 'qwen3-coder']
    const provider = await start(() => ({ text: 'hi' }), { models })
    const list = await listModels(config(provider), { signal: never })
    expect(list.models.map(({ id }) => id)).toEqual([
      'gpt-5',
      'claude-sonnet-5-20260901',
      'qwen3-coder',
    ])
    const expected: Record<string, string> = {
      anthropic: 'claude-sonnet-5-20260901',
      openai: 'gpt-5',
      openai_compatible: 'gpt-5',
    }
    expect(list.defaultModelId).toBe(expected[kind])
  })
})
