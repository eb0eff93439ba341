import { createId } from '@sluice/contract/ids'
import { expect, test } from 'vitest'
import { commitMessage } from './commit-message.ts'

const taskId = createId('tsk')
const trailers = `Assisted-by: Sluice built-in agent (m-1)\nSluice-Task: ${taskId}\n`

test('trailers that name agent and task stand in a paragraph of their own', () => {
  expect(commitMessage('Fix the date\n\nIt was off by one.\n', { taskId, modelId: 'm-1' })).toBe(
    `Fix the date\n\nIt was off by one.\n\n${trailers}`,
  )
})

test('a message that ends in trailers is continued', () => {
  const own = 'Fix the date\n\nSigned-off-by: A Person <a@example.com>'
  expect(commitMessage(own, { taskId, modelId: 'm-1' })).toBe(`${own}\n${trailers}`)
})

test('a subject that looks like a trailer is still a subject', () => {
  expect(commitMessage('fix: the date', { taskId, modelId: 'm-1' })).toBe(
    `fix: the date\n\n${trailers}`,
  )
})
