import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { SluiceError } from '@sluice/contract/errors'
import {
  closeGoingAway,
  closeTooSlow,
  closeUnauthenticated,
  heartbeatMs,
  LiveRequest,
  type LiveMessage,
} from '@sluice/contract/live'
import type { StreamEvent } from '@sluice/contract/events'
import type { Scope } from '@sluice/core/platform'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { ServerDeps } from './context.ts'
import { errorBody, toSluiceError } from './errors.ts'
import { requireStream } from './event-access.ts'

const maxStreams = 100
/** Above this many unsent bytes a socket waits for its client; above the second it is closed. */
const pauseAboveBytes = 1024 * 1024
const closeAboveBytes = 16 * 1024 * 1024
const maxRequestBytes = 16 * 1024

/** The WebSocket end of the event log. */
export interface LiveSockets {
  /**
   * Takes over a connection whose caller was let in.
   * @param letIn asks again whether they still are; throws when not
   */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    scope: Scope,
    letIn: () => Promise<unknown>,
  ): void
  /** Closes every socket so that clients reconnect elsewhere. */
  close(): void
}

export function createLiveSockets(server: ServerDeps): LiveSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxRequestBytes,
    perMessageDeflate: false,
  })
  const beat = setInterval(() => {
    const message = encode({ type: 'heartbeat', at: server.core.clock.now().toISOString() })
    for (const socket of sockets.clients) send(socket, message)
  }, heartbeatMs)
  beat.unref()
  return {
    accept(request, socket, head, scope, letIn) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        serve(server, webSocket, scope)
        const gone = new AbortController()
        webSocket.on('close', () => gone.abort())
        server.credentials
          .watch(scope, letIn, gone.signal)
          .addEventListener('abort', () =>
            webSocket.close(closeUnauthenticated, 'the credentials ended'),
          )
      })
    },
    close() {
      clearInterval(beat)
      for (const socket of sockets.clients) socket.close(closeGoingAway, 'the server is going away')
      sockets.close()
    },
  }
}

const encode = (message: LiveMessage): string => JSON.stringify(message)

// Everyone who follows a stream is given the same batches, which nobody changes: each is encoded once.
const encodedBatches = new WeakMap<readonly StreamEvent[], Buffer>()

function encodedBatch(stream: string, events: readonly StreamEvent[]): Buffer {
  const known = encodedBatches.get(events)
  if (known !== undefined) return known
  const encoded = Buffer.from(encode({ type: 'events', stream, events: [...events] }))
  encodedBatches.set(events, encoded)
  return encoded
}

function send(socket: WebSocket, text: string | Buffer): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > closeAboveBytes) socket.close(closeTooSlow, 'read too slowly')
  else socket.send(text, { binary: false })
}

function serve(server: ServerDeps, socket: WebSocket, scope: Scope): void {
  const streams = new Map<string, AbortController>()
  server.metrics.sockets.inc()
  send(socket, encode({ type: 'heartbeat', at: server.core.clock.now().toISOString() }))
  socket.on('message', (data) => {
    const request = parse(textOf(data))
    if (request === undefined) {
      refuse(
        socket,
        '',
        new SluiceError(
          'invalid_input',
          'Send {"type":"subscribe","stream":…,"after":…} or {"type":"unsubscribe","stream":…}.',
        ),
      )
      return
    }
    streams.get(request.stream)?.abort()
    streams.delete(request.stream)
    if (request.type === 'unsubscribe') return
    if (streams.size >= maxStreams) {
      refuse(
        socket,
        request.stream,
        new SluiceError('limit_reached', `One connection follows at most ${maxStreams} streams.`),
      )
      return
    }
    const stop = new AbortController()
    streams.set(request.stream, stop)
    void follow(server, socket, scope, request, stop.signal)
  })
  // The close event follows every error; nothing else is to be done about a broken connection.
  socket.on('error', (error) => server.core.log.info({ err: error }, 'live connection broke'))
  socket.on('close', () => {
    server.metrics.sockets.dec()
    for (const stop of streams.values()) stop.abort()
  })
}

// Whole messages come as one buffer unless the socket is told otherwise.
const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString('utf8') : '')

function parse(text: string): LiveRequest | undefined {
  try {
    return LiveRequest.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function refuse(socket: WebSocket, stream: string, error: SluiceError): void {
  send(socket, encode({ type: 'refused', stream, error: errorBody(error).error }))
}

async function follow(
  server: ServerDeps,
  socket: WebSocket,
  scope: Scope,
  { stream, after }: { stream: string; after: number },
  signal: AbortSignal,
): Promise<void> {
  try {
    await requireStream(server, scope, stream)
    const onCaughtUp = (seq: number) => {
      if (!signal.aborted) send(socket, encode({ type: 'caught_up', stream, seq }))
    }
    for await (const events of server.tail.subscribe({
      workspaceId: scope.workspaceId,
      stream,
      after,
      signal,
      onCaughtUp,
    })) {
      if (signal.aborted) return
      send(socket, encodedBatch(stream, events))
      await drained(socket, signal)
    }
  } catch (error) {
    if (!signal.aborted) refuse(socket, stream, toSluiceError(error, server.core.log))
  }
}

/** Holds the next read back while the client is behind: the log keeps what it has not taken. */
async function drained(socket: WebSocket, signal: AbortSignal): Promise<void> {
  while (
    socket.bufferedAmount > pauseAboveBytes &&
    socket.readyState === socket.OPEN &&
    !signal.aborted
  ) {
    // ws tells of a drained buffer only by the callback of a send; an empty ping is the smallest one.
    await new Promise<void>((resolve) => socket.ping(undefined, undefined, () => resolve()))
  }
}
