import { callsOf, halves, piecesOf, usageOf } from './script.ts'
import type { Form, Frame, ScriptedAnswer, ScriptedRequest } from './script.ts'

/** OpenAI's Responses: platform.openai.com/docs/api-reference/responses. */
export function responsesForm({ model, number }: ScriptedRequest, answer: ScriptedAnswer): Form {
  const counted = usageOf(answer)
  const usage = {
    input_tokens: counted.input,
    input_tokens_details: { cached_tokens: counted.cacheRead },
    output_tokens: counted.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: counted.input + counted.output,
  }
  const output: Record<string, unknown>[] = []
  const stream: Frame[] = []
  let sequence_number = 0
  const send = (type: string, data: object, isPiece = false) =>
    stream.push({
      event: type,
      data: { type, sequence_number: sequence_number++, ...data },
      isPiece,
    })
  const base = { id: `resp_${number}`, object: 'response', created_at: 0, model, error: null }
  const item = (
    start: Record<string, unknown>,
    whole: Record<string, unknown>,
    middle: (output_index: number) => void,
  ) => {
    const output_index = output.push(whole) - 1
    send('response.output_item.added', { output_index, item: start })
    middle(output_index)
    send('response.output_item.done', { output_index, item: whole })
  }
  send('response.created', { response: { ...base, status: 'in_progress', output: [] } })
  if (answer.reasoning !== undefined) {
    const { reasoning } = answer
    const item_id = `rs_${number}`
    const start = { type: 'reasoning', id: item_id, summary: [], encrypted_content: 'ZW5j' }
    item(
      start,
      { ...start, summary: [{ type: 'summary_text', text: reasoning }] },
      (output_index) => {
        const at = { item_id, output_index, summary_index: 0 }
        send('response.reasoning_summary_part.added', {
          ...at,
          part: { type: 'summary_text', text: '' },
        })
        send('response.reasoning_summary_text.delta', { ...at, delta: reasoning })
        send('response.reasoning_summary_part.done', {
          ...at,
          part: { type: 'summary_text', text: reasoning },
        })
      },
    )
  }
  const pieces = piecesOf(answer)
  if (pieces.length > 0) {
    const item_id = `msg_${number}`
    const message = { type: 'message', id: item_id, role: 'assistant' }
    const part = { type: 'output_text', text: pieces.join(''), annotations: [] }
    item(
      { ...message, status: 'in_progress', content: [] },
      { ...message, status: 'completed', content: [part] },
      (output_index) => {
        const at = { item_id, output_index, content_index: 0 }
        send('response.content_part.added', { ...at, part: { ...part, text: '' } })
        for (const delta of pieces)
          send('response.output_text.delta', { ...at, delta, logprobs: [] }, true)
        send('response.output_text.done', { ...at, text: part.text, logprobs: [] })
        send('response.content_part.done', { ...at, part })
      },
    )
  }
  for (const [index, { id, name, json }] of callsOf(answer, number).entries()) {
    const item_id = `fc_${number}_${index + 1}`
    const call = { type: 'function_call', id: item_id, call_id: id, name }
    item(
      { ...call, arguments: '', status: 'in_progress' },
      { ...call, arguments: json, status: 'completed' },
      (output_index) => {
        for (const delta of halves(json))
          send('response.function_call_arguments.delta', { item_id, output_index, delta })
        send('response.function_call_arguments.done', { item_id, output_index, arguments: json })
      },
    )
  }
  const ended = answer.isCutByLength
    ? { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    : { status: 'completed', incomplete_details: null }
  const whole = { ...base, ...ended, output, usage }
  send(answer.isCutByLength ? 'response.incomplete' : 'response.completed', { response: whole })
  return { whole, stream }
}
