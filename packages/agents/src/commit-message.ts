/** Drafts the message of a commit: by the model from the change, without one from the prompt. */
import { callModel } from '@sluice/llm/call-model'
import { noUsage } from '@sluice/llm/model'
import type { LanguageModel, Usage } from '@sluice/llm/model'
import { cutMiddle } from './cut-text.ts'

export interface DraftRequest {
  /** Without one, or with one that fails, the message comes from the prompt. */
  model?: LanguageModel
  prompt: string
  /** A person's own words for the change; the subject where no model writes one. */
  title?: string
  /** As `git diff --stat` prints it. */
  diffStat: string
  /** The change itself or a part of it. */
  patchExcerpt: string
  signal: AbortSignal
  /** Default 30 s: a person waits for it. */
  timeoutMs?: number
}

export interface DraftedMessage {
  message: string
  /** `prompt` where no model wrote it. */
  from: 'model' | 'prompt'
  usage: Usage
  /** Why the model did not write it, where one was asked. */
  problem: string | null
}

const instruction = `Write the message of a git commit for the change below.
First line: imperative mood, at most 72 characters, no full stop, no prefix such as "feat:".
Then, only if the change is not plain from it: an empty line and one to three short sentences that say why.
Answer with the message alone, without quotes or code fences.`

/**
 * Drafts a commit message. A model that fails is no failure: the message then comes from
 * the prompt, and `problem` says why.
 * @throws the signal's reason when cancelled
 */
export async function draftCommitMessage(request: DraftRequest): Promise<DraftedMessage> {
  const fallback = {
    message: messageFromPrompt(request.prompt, request.title),
    from: 'prompt' as const,
  }
  if (request.model === undefined) return { ...fallback, usage: noUsage, problem: null }
  const parts = [
    instruction,
    `The task was:\n${cutMiddle(request.prompt, 4000).text}`,
    `Changed files:\n${cutMiddle(request.diffStat, 4000).text}`,
    `The change:\n${cutMiddle(request.patchExcerpt, 24_000).text}`,
  ]
  try {
    const answer = await callModel(request.model, {
      prompt: [{ role: 'user', content: [{ type: 'text', text: parts.join('\n\n') }] }],
      maxOutputTokens: 2000,
      abortSignal: AbortSignal.any([
        request.signal,
        AbortSignal.timeout(request.timeoutMs ?? 30_000),
      ]),
    })
    const message = tidyMessage(answer.text)
    if (message === '')
      return { ...fallback, usage: answer.usage, problem: 'The model answered with nothing.' }
    return { message, from: 'model', usage: answer.usage, problem: null }
  } catch (error) {
    request.signal.throwIfAborted()
    return {
      ...fallback,
      usage: noUsage,
      problem: error instanceof Error ? error.message : String(error),
    }
  }
}

/**
 * A message from the prompt: the title, else its first sentence or line, up to 72 characters; the whole wrapped below
 * where it says more.
 */
export function messageFromPrompt(prompt: string, title?: string): string {
  const text = prompt.replace(/\r\n?/g, '\n').trim()
  if (title !== undefined && title.trim() !== '') {
    const subject = upperFirst(shorten(title.replace(/\s+/g, ' ').trim(), 72))
    return text === '' ? subject : `${subject}\n\n${wrapText(text, 72)}`
  }
  if (text === '') return 'Change files'
  const firstLine = text.split('\n')[0]?.replace(/\s+/g, ' ').trim() ?? ''
  const sentence = /^(.+?)[.!?](?=\s|$)/.exec(firstLine)?.[1] ?? firstLine
  const subject = upperFirst(shorten(sentence.replace(/[.:;,\s]+$/, ''), 72))
  const body =
    subject.toLowerCase() === text.replace(/[.:;,\s]+$/, '').toLowerCase() ? '' : wrapText(text, 72)
  return body === '' ? subject : `${subject}\n\n${body}`
}

/** What a model wrote as a message, brought into git's form: subject, empty line, wrapped body. */
function tidyMessage(text: string): string {
  const lines = text
    .trim()
    .replace(/^```\w*\n([\s\S]*?)\n?```$/, '$1')
    .replace(/^["'`]|["'`]$/g, '')
    .trim()
    .split('\n')
  const subject = shorten((lines[0] ?? '').trim().replace(/\.$/, ''), 72)
  const body = wrapText(lines.slice(1).join('\n').trim(), 72)
  return body === '' ? subject : `${subject}\n\n${body}`
}

function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text
  const piece = text.slice(0, chars - 1)
  const space = piece.lastIndexOf(' ')
  return `${(space > chars / 2 ? piece.slice(0, space) : piece).replace(/[\uD800-\uDBFF]$/, '').trimEnd()}…`
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** Wraps at spaces; indented lines and those of lists and code stay as they are. */
function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) =>
      line.length <= width || /^\s/.test(line) ? line.trimEnd() : wrapLine(line, width),
    )
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/\s+/)) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current].join('\n')
}
