import { expect, test } from 'vitest'
import { addressOf, findProviders, isLocalProvider } from './provider-config.ts'

test('an environment without a provider names none', () => {
  expect(findProviders({})).toEqual([])
  expect(findProviders({ ANTHROPIC_API_KEY: '  ', OPENAI_API_KEY: '' })).toEqual([])
})

test('each provider says where it was found, and never its key', () => {
  const found = findProviders({
    ANTHROPIC_API_KEY: 'a-key',
    ANTHROPIC_BASE_URL: 'http://gate.test',
    OPENAI_API_KEY: 'o-key',
    OLLAMA_BASE_URL: 'localhost:11434',
  })
  expect(found.map(({ name, source }) => `${name}: ${source}`)).toEqual([
    'Anthropic: environment: ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL',
    'OpenAI: environment: OPENAI_API_KEY',
    'Ollama: environment: OLLAMA_BASE_URL',
  ])
  expect(found.map(({ config }) => addressOf(config))).toEqual([
    'http://gate.test/v1',
    'https://api.openai.com/v1',
    'http://localhost:11434/v1',
  ])
})

test('OPENAI_BASE_URL at another host is a compatible endpoint, with or without a key', () => {
  expect(findProviders({ OPENAI_BASE_URL: 'http://vllm.test:8000/v1' })[0]?.config).toEqual({
    kind: 'openai_compatible',
    baseUrl: 'http://vllm.test:8000/v1',
  })
  expect(
    findProviders({ OPENAI_BASE_URL: 'https://api.openai.com/v1', OPENAI_API_KEY: 'k' })[0]?.config
      .kind,
  ).toBe('openai')
})

test.each([
  ['http://localhost:11434/v1', true],
  ['http://192.168.1.4:8000/v1', true],
  ['http://[::1]:8000/v1', true],
  ['http://ollama:11434/v1', true],
  ['https://openrouter.ai/api/v1', false],
  ['http://[2001:db8::1]:8000/v1', false],
])('%s is local: %s', (baseUrl, isLocal) => {
  expect(isLocalProvider({ kind: 'openai_compatible', baseUrl })).toBe(isLocal)
})
