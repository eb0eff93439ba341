import { callsOf, halves, piecesOf, usageOf } from './script.ts'
import type { Form, Frame, ScriptedAnswer, ScriptedRequest } from './script.ts'

/** OpenAI's Chat Completions: platform.openai.com/docs/api-reference/chat. */
export function chatForm({ model, number }: ScriptedRequest, answer: ScriptedAnswer): Form {
  const { input, output, cacheRead } = usageOf(answer)
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
  }
  const base = { id: `chatcmpl-${number}`, created: 0, model }
  const pieces = piecesOf(answer)
  const calls = callsOf(answer, number)
  const finish_reason = answer.isCutByLength ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop'
  const chunk = (delta: object, finish: string | null = null, isPiece = false): Frame => ({
    data: {
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    },
    isPiece,
  })
  const stream: Frame[] = [chunk({ role: 'assistant', content: '' })]
  if (answer.reasoning !== undefined) stream.push(chunk({ reasoning_content: answer.reasoning }))
  for (const content of pieces) stream.push(chunk({ content }, null, true))
  for (const [index, { id, name, json }] of calls.entries()) {
    stream.push(
      chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    )
    for (const part of halves(json))
      stream.push(chunk({ tool_calls: [{ index, function: { arguments: part } }] }))
  }
  stream.push(chunk({}, finish_reason))
  stream.push(
    { data: { ...base, object: 'chat.completion.chunk', choices: [], usage } },
    { data: '[DONE]' },
  )
  const tool_calls = calls.map(({ id, name, json }) => ({
    id,
    type: 'function',
    function: { name, arguments: json },
  }))
  const message = {
    role: 'assistant',
    content: pieces.length > 0 ? pieces.join('') : null,
    ...(answer.reasoning === undefined ? {} : { reasoning_content: answer.reasoning }),
    ...(calls.length > 0 ? { tool_calls } : {}),
  }
  return {
    whole: {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason }],
      usage,
    },
    stream,
  }
}
