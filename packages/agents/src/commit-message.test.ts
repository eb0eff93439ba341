import { expect, test } from 'vitest'
import type { LanguageModel, ModelStreamPart } from '@sluice/llm/model'
import { draftCommitMessage, messageFromPrompt } from './commit-message.ts'

const signal = new AbortController().signal
const request = {
  prompt: 'fix the login page',
  diffStat: ' a.ts | 2 +-',
  patchExcerpt: '-a\n+b',
  signal,
}

function modelThatSays(text: string): LanguageModel {
  const parts: ModelStreamPart[] = [
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: text },
    { type: 'text-end', id: '0' },
    {
      type: 'finish',
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: {
        inputTokens: { total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 3, text: 3, reasoning: 0 },
      },
    },
  ]
  return {
    specificationVersion: 'v4',
    provider: 'script',
    modelId: 'script',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('not used')),
    doStream: () => Promise.resolve({ stream: ReadableStream.from(parts) }),
  }
}

test.each([
  ['fix the login page', 'Fix the login page'],
  ['Fix it. Then rest.', 'Fix it\n\nFix it. Then rest.'],
  ['upgrade node to 24.1', 'Upgrade node to 24.1'],
  ['   ', 'Change files'],
])('without a model, "%s" becomes its message', async (prompt, message) => {
  expect(await draftCommitMessage({ ...request, prompt })).toMatchObject({
    message,
    from: 'prompt',
    problem: null,
  })
})

test('a message from a long prompt has a subject of at most 72 characters and a wrapped body', () => {
  const prompt = `${'Please make the export of invoices work for customers '.repeat(6)}\n\n- keep this list item as it is\n    and this code`
  const [subject = '', empty, ...body] = messageFromPrompt(prompt).split('\n')
  expect(subject.length).toBeLessThanOrEqual(72)
  expect(subject.endsWith('…')).toBe(true)
  expect(empty).toBe('')
  for (const line of body) expect(line.length).toBeLessThanOrEqual(72)
  expect(body).toContain('- keep this list item as it is')
})

test("a model's message is brought into git's form", async () => {
  const drafted = await draftCommitMessage({
    ...request,
    model: modelThatSays('```\nAllow sign-in by mail.\n\nIt failed before.\n```'),
  })
  expect(drafted).toMatchObject({
    message: 'Allow sign-in by mail\n\nIt failed before.',
    from: 'model',
    problem: null,
  })
  expect(drafted.usage.inputTokens).toBe(9)
})

test('a model that fails or says nothing is replaced by the prompt, with the reason', async () => {
  const failing: LanguageModel = {
    ...modelThatSays(''),
    doStream: () => Promise.reject(new Error('no money')),
  }
  expect(await draftCommitMessage({ ...request, model: failing })).toMatchObject({
    message: 'Fix the login page',
    from: 'prompt',
    problem: 'no money',
  })
  const silent = await draftCommitMessage({ ...request, model: modelThatSays(' ') })
  expect(silent).toMatchObject({ from: 'prompt', problem: 'The model answered with nothing.' })
})

test('a cancel is a cancel, not a fallback', async () => {
  const cancelled = AbortSignal.abort(new Error('stop'))
  await expect(
    draftCommitMessage({ ...request, model: modelThatSays('x'), signal: cancelled }),
  ).rejects.toThrow('stop')
})
