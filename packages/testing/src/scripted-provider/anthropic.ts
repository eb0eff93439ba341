import { callsOf, halves, piecesOf, usageOf } from './script.ts'
import type { Form, Frame, ScriptedAnswer, ScriptedRequest } from './script.ts'

/** Anthropic's Messages: platform.claude.com/docs (Messages, Streaming). */
export function anthropicForm({ model, number }: ScriptedRequest, answer: ScriptedAnswer): Form {
  const { input, output, cacheRead, cacheWrite } = usageOf(answer)
  const usage = {
    input_tokens: input - cacheRead - cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
    output_tokens: output,
  }
  const content: Record<string, unknown>[] = []
  const frames: Frame[] = []
  const send = (event: string, data: object, isPiece = false) =>
    frames.push({ event, data: { type: event, ...data }, isPiece })
  const block = (
    start: object,
    whole: Record<string, unknown>,
    deltas: { delta: object; isPiece: boolean }[],
  ) => {
    const index = content.push(whole) - 1
    send('content_block_start', { index, content_block: start })
    for (const { delta, isPiece } of deltas) send('content_block_delta', { index, delta }, isPiece)
    send('content_block_stop', { index })
  }
  const message = { id: `msg_${number}`, type: 'message', role: 'assistant', model }
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  }
  send('message_start', { message: start })
  send('ping', {})
  if (answer.reasoning !== undefined) {
    block(
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking', thinking: answer.reasoning, signature: 'c2ln' },
      [
        { delta: { type: 'thinking_delta', thinking: answer.reasoning }, isPiece: false },
        { delta: { type: 'signature_delta', signature: 'c2ln' }, isPiece: false },
      ],
    )
  }
  const pieces = piecesOf(answer)
  if (pieces.length > 0) {
    const deltas = pieces.map((text) => ({ delta: { type: 'text_delta', text }, isPiece: true }))
    block({ type: 'text', text: '' }, { type: 'text', text: pieces.join('') }, deltas)
  }
  for (const call of callsOf(answer, number)) {
    const { id, name, json } = call
    const deltas = halves(json).map((partial_json) => ({
      delta: { type: 'input_json_delta', partial_json },
      isPiece: false,
    }))
    block(
      { type: 'tool_use', id, name, input: {} },
      { type: 'tool_use', id, name, input: call.input },
      deltas,
    )
  }
  const stop_reason = answer.isCutByLength
    ? 'max_tokens'
    : answer.toolCalls?.length
      ? 'tool_use'
      : 'end_turn'
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage })
  send('message_stop', {})
  return { whole: { ...message, content, stop_reason, stop_sequence: null, usage }, stream: frames }
}
