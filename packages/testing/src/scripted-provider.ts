/**
 * A provider of models for tests, over real HTTP: it speaks Anthropic's Messages and OpenAI's
 * Chat Completions and Responses, streamed and whole, and answers what a script says.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { anthropicForm } from './scripted-provider/anthropic.ts'
import { chatForm } from './scripted-provider/openai-chat.ts'
import { responsesForm } from './scripted-provider/openai-responses.ts'
import type {
  Form,
  Frame,
  Script,
  ScriptedAnswer,
  ScriptedFailure,
  ScriptedRequest,
} from './scripted-provider/script.ts'

export type {
  Script,
  ScriptedAnswer,
  ScriptedFailure,
  ScriptedRequest,
} from './scripted-provider/script.ts'

export interface ScriptedProvider extends AsyncDisposable {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string
  /** For `OPENAI_BASE_URL` and any compatible client. */
  openaiUrl: string
  /** Every model call so far. */
  requests: ScriptedRequest[]
  /** Calls whose client went away before the answer was whole. */
  abandoned: number
  close: () => Promise<void>
}

export interface ScriptedProviderOptions {
  /** Any other key is answered with 401. Default: every key is accepted. */
  acceptedKey?: string
  /** What `GET /v1/models` lists. */
  models?: readonly string[]
  port?: number
}

/** Starts the provider on a free port of the loopback. */
export async function startScriptedProvider(
  script: Script,
  options: ScriptedProviderOptions = {},
): Promise<ScriptedProvider> {
  const requests: ScriptedRequest[] = []
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      if (!response.headersSent)
        sendJson(response, 500, { error: { type: 'api_error', message: String(error) } })
      else response.destroy()
    })
  })
  const provider: ScriptedProvider = {
    url: '',
    openaiUrl: '',
    requests,
    abandoned: 0,
    close: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeAllConnections()
      return promise
    },
    [Symbol.asyncDispose]: () => provider.close(),
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost')
    const key =
      incoming.headers['x-api-key'] ?? incoming.headers.authorization?.replace(/^Bearer /, '')
    if (options.acceptedKey !== undefined && key !== options.acceptedKey) {
      return sendFailure(response, pathname, {
        status: 401,
        type: 'authentication_error',
        message: 'invalid x-api-key',
      })
    }
    if (incoming.method === 'GET' && pathname === '/v1/models') {
      const data = (options.models ?? ['scripted-model']).map((id) => ({
        id,
        object: 'model',
        type: 'model',
        display_name: id,
      }))
      return sendJson(response, 200, { object: 'list', data, has_more: false })
    }
    const protocol = protocols[pathname]
    if (incoming.method !== 'POST' || protocol === undefined) {
      return sendFailure(response, pathname, {
        status: 404,
        type: 'not_found_error',
        message: `Nothing is at ${pathname}`,
      })
    }
    const bodyText = await readText(incoming)
    const body = JSON.parse(bodyText) as Record<string, unknown>
    const request: ScriptedRequest = {
      number: requests.length + 1,
      protocol,
      model: String(body['model']),
      isStream: body['stream'] === true,
      headers: incoming.headers,
      body,
      bodyText,
    }
    requests.push(request)
    response.on('close', () => {
      if (!response.writableEnded) provider.abandoned++
    })
    const answer = await script(request)
    await answer.before
    if ('status' in answer) return sendFailure(response, pathname, answer)
    const form = forms[protocol](request, answer)
    if (!request.isStream) return sendJson(response, 200, form.whole)
    return sendStream(response, form.stream, answer)
  }

  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(options.port ?? 0, '127.0.0.1', () => listening.resolve())
  await listening.promise
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  provider.openaiUrl = `${provider.url}/v1`
  return provider
}

const protocols: Record<string, ScriptedRequest['protocol']> = {
  '/v1/messages': 'anthropic',
  '/v1/chat/completions': 'openai_chat',
  '/v1/responses': 'openai_responses',
}

const forms: Record<
  ScriptedRequest['protocol'],
  (request: ScriptedRequest, answer: ScriptedAnswer) => Form
> = {
  anthropic: anthropicForm,
  openai_chat: chatForm,
  openai_responses: responsesForm,
}

async function sendStream(
  response: ServerResponse,
  frames: readonly Frame[],
  answer: ScriptedAnswer,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  response.flushHeaders()
  let pieces = 0
  for (const frame of frames) {
    if (answer.cutAfterPieces !== undefined && pieces >= answer.cutAfterPieces) {
      response.destroy()
      return
    }
    const event = frame.event === undefined ? '' : `event: ${frame.event}\n`
    response.write(
      `${event}data: ${typeof frame.data === 'string' ? frame.data : JSON.stringify(frame.data)}\n\n`,
    )
    if (frame.isPiece) {
      pieces++
      await answer.afterPiece?.(pieces)
    }
  }
  response.end()
}

function sendFailure(response: ServerResponse, pathname: string, failure: ScriptedFailure): void {
  const error = { type: failure.type ?? 'api_error', message: failure.message }
  const body =
    pathname === '/v1/messages'
      ? { type: 'error', error }
      : { error: { ...error, code: failure.type ?? null, param: null } }
  if (failure.rawBody === undefined)
    return sendJson(response, failure.status, body, failure.headers)
  response.writeHead(failure.status, { 'content-type': 'text/html', ...failure.headers })
  response.end(failure.rawBody)
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
