/** Brings a request into the one form in which recordings compare: what matters, in canonical JSON, masked. */
import type { ModelCall, ModelMessage, ModelTool, ModelToolResult } from './model.ts'
import type { RecordedRequest, RecordingMask } from './recording-format.ts'

/**
 * What of a call decides the answer: system text, messages, tools. Settings, headers and
 * the provider's own options (cache marks, signatures) are left out. Object keys are
 * sorted and the declared masks applied to every text.
 */
export function normaliseRequest(
  call: ModelCall,
  masks: readonly RecordingMask[],
): RecordedRequest {
  const system: string[] = []
  const messages: RecordedRequest['messages'] = []
  for (const message of call.prompt) {
    if (message.role === 'system') system.push(message.content)
    else messages.push({ role: message.role, content: contentOf(message) })
  }
  const tools = (call.tools ?? []).map((tool) =>
    tool.type === 'function'
      ? {
          name: tool.name,
          description: tool.description ?? '',
          inputSchema: (tool as ModelTool).inputSchema,
        }
      : { name: tool.name, description: '', inputSchema: tool.args },
  )
  const mask = maskWith(masks)
  return canonical({ system: system.join('\n\n'), messages, tools }, mask) as RecordedRequest
}

/** The same text for the same request, in whatever order a file or a parser left its keys. */
export function requestKey(request: RecordedRequest): string {
  return JSON.stringify(canonical(request, (text) => text))
}

export interface Difference {
  /** Where, such as `messages[3].content[0].output`. */
  path: string
  expected: string
  actual: string
}

/** The first place where two requests differ, and how deep into the conversation it lies. */
export function firstDifference(
  expected: RecordedRequest,
  actual: RecordedRequest,
): { depth: number; difference: Difference } | undefined {
  // Messages last: a difference in system text or tools explains every one after it.
  const order = ['system', 'tools', 'messages'] as const
  for (const [depth, key] of order.entries()) {
    const difference = compare(expected[key], actual[key], key)
    if (difference === undefined) continue
    const position = Number(/^messages\[(\d+)\]/.exec(difference.path)?.[1] ?? 0)
    // Of two that reach the same message, the one that gets further into it.
    const within = Math.min(difference.path.split('.').length, 999)
    return { depth: depth * 1_000_000 + position * 1000 + within, difference }
  }
  return undefined
}

function compare(expected: unknown, actual: unknown, path: string): Difference | undefined {
  if (expected === actual) return undefined
  if (typeof expected === 'string' && typeof actual === 'string')
    return compareText(expected, actual, path)
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      const found = compare(expected[index], actual[index], `${path}[${index}]`)
      if (found) return found
    }
    return undefined
  }
  if (isRecord(expected) && isRecord(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = compare(expected[key], actual[key], `${path}.${key}`)
      if (found) return found
    }
    return undefined
  }
  return { path, expected: excerpt(expected), actual: excerpt(actual) }
}

function compareText(expected: string, actual: string, path: string): Difference {
  let index = 0
  while (index < expected.length && expected[index] === actual[index]) index++
  const from = Math.max(0, index - 20)
  const line = expected.slice(0, index).split('\n').length
  return {
    path: `${path} (line ${line})`,
    expected: excerpt(expected.slice(from, index + 60)),
    actual: excerpt(actual.slice(from, index + 60)),
  }
}

function excerpt(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

function contentOf(message: Exclude<ModelMessage, { role: 'system' }>): unknown[] {
  return message.content.map((part) => {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        return { type: part.type, text: part.text }
      case 'tool-call':
        return { type: 'tool_call', id: part.toolCallId, name: part.toolName, input: part.input }
      case 'tool-result':
        return {
          type: 'tool_result',
          id: part.toolCallId,
          name: part.toolName,
          output: outputOf(part),
        }
      default:
        return { type: part.type }
    }
  })
}

function outputOf({ output }: ModelToolResult): unknown {
  switch (output.type) {
    case 'text':
    case 'json':
      return output.value
    case 'error-text':
    case 'error-json':
      return { error: output.value }
    default:
      return { type: output.type }
  }
}

function maskWith(masks: readonly RecordingMask[]): (text: string) => string {
  const compiled = masks.map((mask) => ({
    pattern: new RegExp(mask.pattern, 'gm'),
    replacement: mask.replacement,
  }))
  return (text) =>
    compiled.reduce(
      (masked, { pattern, replacement }) => masked.replace(pattern, replacement),
      text,
    )
}

function canonical(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((item) => canonical(item, mask))
  if (!isRecord(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item, mask)]),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
