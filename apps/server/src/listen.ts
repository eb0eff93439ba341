import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { workspaceHeader } from '@sluice/contract/api'
import { SluiceError } from '@sluice/contract/errors'
import type { ServerDeps } from './http/context.ts'
import { createApp } from './http/app.ts'
import { errorResponse, toSluiceError } from './http/errors.ts'
import { createLiveSockets } from './http/live-socket.ts'
import { isOwnOrigin } from './http/origin.ts'
import { admit } from './http/principal.ts'

export interface Listening {
  /** The port that was really taken: the wished one, or any where that was 0. */
  port: number
  /** Takes no new connection; streams end so that their clients reconnect elsewhere. */
  close(): Promise<void>
}

/** Serves HTTP and the live WebSocket on one port. @throws when the port is taken */
export async function listen(
  server: ServerDeps,
  roles: { api: boolean; gateway: boolean },
): Promise<Listening> {
  const app = createApp(server)
  const live = createLiveSockets(server)
  const answer = getRequestListener((request, bindings) =>
    app.fetch(request, {
      address: addressOf(bindings as unknown as { incoming: IncomingMessage }),
    }),
  )
  // It answers for its own failures; what it returns only says that it is done.
  const http = createServer((request, response) => void answer(request, response))
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) =>
      server.core.log.info({ err: error }, 'connection broke while it was upgraded'),
    )
    const admitted = () => letIn(server, request, roles)
    void admitted().then(
      (scope) => live.accept(request, socket, head, scope, admitted),
      (error: unknown) => refuse(server, socket, error),
    )
  })
  await bind(http, server.settings.SLUICE_HOST, server.settings.SLUICE_PORT)
  const address = http.address()
  return {
    port:
      typeof address === 'object' && address !== null ? address.port : server.settings.SLUICE_PORT,
    close: () =>
      new Promise((resolve, reject) => {
        live.close()
        http.close((error) => (error === undefined ? resolve() : reject(error)))
        http.closeIdleConnections()
        // Streams of events end with the drain signal; a client that holds on is cut.
        setTimeout(() => http.closeAllConnections(), 2_000).unref()
      }),
  }
}

const addressOf = ({ incoming }: { incoming: IncomingMessage }): string =>
  incoming.socket.remoteAddress ?? 'unknown'

function bind(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error) => reject(explainBind(error, host, port))
    http.once('error', refused)
    http.listen(port, host, () => {
      http.off('error', refused)
      resolve()
    })
  })
}

function explainBind(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `another program listens on port ${port} of ${host} already. Stop it, or set SLUICE_PORT to another one`,
    EACCES: `this user may not listen on port ${port}. Set SLUICE_PORT to one above 1023`,
    EADDRNOTAVAIL: `this machine has no address ${host}. Set SLUICE_HOST to one that it has`,
  }
  const reason = reasons[error.code ?? '']
  if (reason === undefined) return error
  return new SluiceError('unprocessable', `Sluice cannot start: ${reason}.`, { cause: error })
}

async function letIn(server: ServerDeps, request: IncomingMessage, roles: { gateway: boolean }) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (url.pathname !== '/api/live' || !roles.gateway)
    throw new SluiceError('not_found', 'Live connections are served at /api/live.')
  if (server.draining.aborted)
    throw new SluiceError('shutting_down', 'The server is shutting down.')
  const headers = new Headers(
    Object.entries(request.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    ),
  )
  const origin = headers.get('origin')
  if (origin !== null && !isOwnOrigin({ headers }, origin, server.settings.SLUICE_PUBLIC_URL)) {
    throw new SluiceError('forbidden', `A page of ${origin} may not listen here.`)
  }
  const principal = await server.auth.authenticate(headers)
  const wanted = headers.get(workspaceHeader) ?? url.searchParams.get('workspace') ?? undefined
  const { scope } = admit({ role: 'viewer', scope: 'read' }, principal, wanted)
  if (scope === undefined) throw new SluiceError('unauthenticated', 'Sign in first.')
  return scope
}

function refuse(server: ServerDeps, socket: Duplex, error: unknown): void {
  const response = errorResponse(toSluiceError(error, server.core.log))
  void response.text().then((body) => {
    socket.end(
      `HTTP/1.1 ${response.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  })
}
