import { expect, test } from 'vitest'
import type { ModelMessage } from '@sluice/llm/model'
import { dropOldOutputs, estimateTokens, startOfRecent } from './compaction.ts'

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
const call = (id: string): ModelMessage => ({
  role: 'assistant',
  content: [{ type: 'tool-call', toolCallId: id, toolName: 'read_file', input: {} }],
})
const result = (id: string, value: string): ModelMessage => ({
  role: 'tool',
  content: [
    { type: 'tool-result', toolCallId: id, toolName: 'read_file', output: { type: 'text', value } },
  ],
})
const long = 'x'.repeat(1000)
const conversation = [
  user('task'),
  call('1'),
  result('1', long),
  call('2'),
  result('2', 'short'),
  call('3'),
  result('3', long),
]

test('the recent part begins with a call, never with its result', () => {
  expect([1, 2, 3, 9].map((turns) => startOfRecent(conversation, turns))).toEqual([5, 3, 1, 0])
  expect(startOfRecent(conversation, 0)).toBe(conversation.length)
})

test('only long outputs before the recent turns are dropped', () => {
  const dropped = dropOldOutputs(conversation, 1)
  expect(dropped[2]).toEqual(
    result('1', '[This output was dropped to save room. Call the tool again if you need it.]'),
  )
  expect(dropped[4]).toEqual(conversation[4])
  expect(dropped[6]).toEqual(conversation[6])
  expect(dropOldOutputs(dropped, 1)).toEqual(dropped)
  expect(estimateTokens(dropped)).toBeLessThan(estimateTokens(conversation))
})
