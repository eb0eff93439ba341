import { heartbeatMs } from '@sluice/contract/live'
import type { Scope } from '@sluice/core/platform'
import type { ServerDeps } from './context.ts'
import { toSluiceError, errorBody } from './errors.ts'
import { requireStream } from './event-access.ts'

/**
 * Server-sent events of one stream (WHATWG HTML, 9.2): `id` is the seq, so that a browser
 * resumes by `Last-Event-ID`; a comment beats while nothing happens.
 */
export async function streamEvents(
  server: ServerDeps,
  scope: Scope,
  stream: string,
  after: number,
  signal: AbortSignal,
  letIn: () => Promise<unknown>,
): Promise<Response> {
  await requireStream(server, scope, stream)
  const left = new AbortController()
  const gone = AbortSignal.any([signal, left.signal, server.draining])
  const stop = AbortSignal.any([gone, server.credentials.watch(scope, letIn, gone)])
  const encoder = new TextEncoder()
  let beat: NodeJS.Timeout | undefined
  const batches = server.tail
    .subscribe({ workspaceId: scope.workspaceId, stream, after, signal: stop })
    [Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode('retry: 500\n\n'))
      beat = setInterval(() => controller.enqueue(encoder.encode(': beat\n\n')), heartbeatMs)
    },
    async pull(controller) {
      try {
        const next = await batches.next()
        if (next.done === true) {
          clearInterval(beat)
          controller.close()
          return
        }
        const text = next.value
          .map(
            (event) => `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
          )
          .join('')
        controller.enqueue(encoder.encode(text))
      } catch (error) {
        clearInterval(beat)
        const { error: told } = errorBody(toSluiceError(error, server.core.log))
        controller.enqueue(encoder.encode(`event: error\ndata: ${JSON.stringify(told)}\n\n`))
        controller.close()
      }
    },
    async cancel() {
      clearInterval(beat)
      left.abort()
      await batches.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}
