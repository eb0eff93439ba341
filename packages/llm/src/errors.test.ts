import { APICallError } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { classifyError, ModelError, toModelError } from './errors.ts'

const call = (
  statusCode: number | undefined,
  message: string,
  more: Partial<ConstructorParameters<typeof APICallError>[0]> = {},
) =>
  new APICallError({
    message,
    url: 'http://models.test/v1/messages',
    requestBodyValues: {},
    ...(statusCode ? { statusCode } : {}),
    ...more,
  })

test.each([
  [401, 'invalid x-api-key', 'auth', false],
  [403, 'forbidden', 'auth', false],
  [404, 'model: claude-nope', 'unknown_model', false],
  [429, 'slow down', 'rate_limited', true],
  [429, 'You exceeded your current quota: insufficient_quota', 'auth', false],
  [500, 'boom', 'overloaded', true],
  [529, 'Overloaded', 'overloaded', true],
  [400, 'prompt is too long: 210000 tokens > 200000 maximum', 'context_overflow', false],
  [400, "This model's maximum context length is 8192 tokens", 'context_overflow', false],
  [413, 'Request too large', 'context_overflow', false],
  [400, 'tools.0.name: invalid', 'bad_request', false],
  [400, 'flagged by our content_policy', 'refused', false],
  [200, 'Invalid JSON response', 'invalid_response', true],
])('status %i with "%s" is %s', (status, message, reason, isRetryable) => {
  expect(classifyError(toModelError(call(status, message)))).toEqual({ reason, isRetryable })
})

test('the wait that a provider asks for is kept, in seconds, milliseconds or as a date', () => {
  const after = (responseHeaders: Record<string, string>) =>
    classifyError(call(429, 'slow', { responseHeaders }))?.retryAfterMs
  expect(after({ 'retry-after': '7' })).toBe(7000)
  expect(after({ 'retry-after-ms': '120', 'retry-after': '7' })).toBe(120)
  const date = {
    date: 'Fri, 20 Nov 2026 12:00:00 GMT',
    'retry-after': 'Fri, 20 Nov 2026 12:00:30 GMT',
  }
  expect(after(date)).toBe(30_000)
  expect(after({})).toBeUndefined()
})

test('an unreachable address is named with the reason, however deep the socket error lies', () => {
  const socket = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), {
    code: 'ECONNREFUSED',
  })
  const fetchFailed = new TypeError('fetch failed', { cause: new AggregateError([socket]) })
  const error = toModelError(fetchFailed, 'http://127.0.0.1:9/v1')
  expect(error).toBeInstanceOf(ModelError)
  expect((error as ModelError).reason).toBe('unreachable')
  expect((error as ModelError).message).toBe(
    'Cannot reach http://127.0.0.1:9/v1: connection refused, nothing listens there (ECONNREFUSED).',
  )
})

test('a bug and a cancel are no model errors and stay what they are', () => {
  const bug = new RangeError('out of range')
  expect(toModelError(bug)).toBe(bug)
  expect(classifyError(bug)).toBeUndefined()
  expect(classifyError(new DOMException('stopped', 'AbortError'))).toBeUndefined()
})

test('an error that went through a store keeps its class', () => {
  const stored = Object.assign(new Error('slow'), {
    name: 'ModelError',
    reason: 'rate_limited',
    retryAfterMs: 5,
  })
  expect(classifyError(stored)).toEqual({
    reason: 'rate_limited',
    isRetryable: true,
    retryAfterMs: 5,
  })
  expect(classifyError(new Error('all attempts failed', { cause: stored }))?.reason).toBe(
    'rate_limited',
  )
})

test('no message holds the body of the request', () => {
  const error = toModelError(
    call(400, 'bad', { requestBodyValues: { secret: 'sk-123' } }),
  ) as ModelError
  expect(error.message).not.toContain('sk-123')
})
