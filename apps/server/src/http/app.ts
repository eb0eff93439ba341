import { SmartCoercionPlugin } from '@orpc/json-schema'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import type { ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/fetch'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { workspaceHeader } from '@sluice/contract/api'
import { errorStatus, SluiceError, type ErrorCode } from '@sluice/contract/errors'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { router } from '../api/router.ts'
import type { App, AppBindings } from './app-type.ts'
import type { RequestContext, ServerDeps } from './context.ts'
import { errorBody, errorResponse, toSluiceError } from './errors.ts'
import { streamEvents } from './event-stream.ts'
import { serveDocs } from './api-docs.ts'
import { createOpenApiDocument } from './openapi.ts'
import { requireSameOrigin } from './origin.ts'
import { admit } from './principal.ts'
import { serveWeb } from './web-files.ts'

/** A prompt may be 1 MB; JSON can write one character in six. */
const maxBodyBytes = 8 * 1024 * 1024

/** The whole HTTP side, without a port: a request in, an answer out. */
export function createApp(server: ServerDeps): App {
  const app: App = new Hono()
  const describeApi = createOpenApiDocument(server.version)
  app.onError((error) => errorResponse(toSluiceError(error, server.core.log)))
  app.use(
    secureHeaders({
      contentSecurityPolicy,
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
    }),
  )
  app.use(async (context, next) => {
    requireSameOrigin(context.req.raw, server.settings.SLUICE_PUBLIC_URL)
    await next()
  })
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: () => errorResponse(tooLarge) }))
  addHealth(app, server)
  if (!server.settings.SLUICE_ROLES.includes('api')) app.use('/api/*', serveEventsOnly)
  app.get('/api/openapi.json', async (context) => context.json(await describeApi()))
  serveDocs(app)
  app.all('/api/auth/*', async (context) => {
    await server.limits.takeSignIn(context.env.address)
    return server.auth.handler(context.req.raw, context.env.address)
  })
  app.get('/api/events/stream', (context) => openEventStream(server, context))
  addOperations(app, server)
  app.all('/api/*', (context) =>
    errorResponse(
      new SluiceError(
        'not_found',
        `There is no operation ${context.req.method} ${context.req.path}. All of them are listed at /api/docs.`,
      ),
    ),
  )
  serveWeb(app, server.webFolder)
  app.notFound((context) =>
    errorResponse(
      new SluiceError(
        'not_found',
        `There is nothing at ${context.req.method} ${context.req.path}.`,
      ),
    ),
  )
  return app
}

/** Without the role `api` a process answers what a live client needs and nothing else. */
const serveEventsOnly: MiddlewareHandler = async (context, next) => {
  if (/^\/api\/(events|rpc\/events)(\/|$)/.test(context.req.path)) return next()
  return errorResponse(
    new SluiceError(
      'not_found',
      'This process serves live connections only (its roles lack `api`). Send operations to one that has it.',
    ),
  )
}

const tooLarge = new SluiceError(
  'too_large',
  `A request may have at most ${maxBodyBytes / 1024 / 1024} MB.`,
)

const contentSecurityPolicy = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  // Component libraries and the highlighter place elements by style attributes.
  styleSrc: ["'self'", "'unsafe-inline'"],
  scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
  workerSrc: ["'self'", 'blob:'],
  connectSrc: ["'self'"],
  fontSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'self'"],
}

function addHealth(app: App, server: ServerDeps): void {
  app.get('/healthz', (context) => context.json({ ok: true, version: server.version }))
  app.get('/readyz', async (context) => {
    if (server.draining.aborted)
      throw new SluiceError('shutting_down', 'The server is shutting down.')
    await server.core.db.ping()
    return context.json({ ok: true })
  })
  app.get(
    '/metrics',
    async () =>
      new Response(await server.metrics.text(), {
        headers: { 'content-type': server.metrics.contentType },
      }),
  )
}

async function openEventStream(
  server: ServerDeps,
  context: Context<{ Bindings: AppBindings }>,
): Promise<Response> {
  const { headers, signal } = context.req.raw
  const wanted = headers.get(workspaceHeader) ?? context.req.query('workspace')
  const letIn = async () => {
    const principal = await server.auth.authenticate(headers)
    const { scope } = admit({ role: 'viewer', scope: 'read' }, principal, wanted)
    if (scope === undefined) throw new SluiceError('unauthenticated', 'Sign in first.')
    return scope
  }
  const scope = await letIn()
  const cursor = headers.get('last-event-id') ?? context.req.query('after') ?? '0'
  if (!/^\d{1,15}$/.test(cursor))
    throw new SluiceError('invalid_input', 'after: must be the seq of an event.')
  const stream = context.req.query('stream') ?? ''
  return streamEvents(server, scope, stream, Number(cursor), signal, letIn)
}

function addOperations(app: App, server: ServerDeps): void {
  const converter = new ZodToJsonSchemaConverter()
  const rest = new OpenAPIHandler(router, {
    plugins: [new SmartCoercionPlugin({ schemaConverters: [converter] })],
    customErrorResponseBodyEncoder: encodeError,
  })
  const rpc = new RPCHandler(router)
  const handle = async (
    handler: typeof rest | typeof rpc,
    prefix: '/api' | '/api/rpc',
    context: Context<{ Bindings: AppBindings }>,
  ) => {
    const request = context.req.raw
    const answerHeaders = new Headers()
    const given: RequestContext = {
      server,
      principal: await server.auth.authenticate(request.headers),
      address: context.env.address,
      headers: request.headers,
      signal: request.signal,
      answerHeaders,
    }
    const { matched, response } = await handler.handle(request, { prefix, context: given })
    if (!matched) return undefined
    const headers = new Headers(response.headers)
    for (const [name, value] of answerHeaders) headers.append(name, value)
    if (mayBeTriedAgain.has(response.status)) {
      const seconds = await retryAfterOf(response.clone())
      if (seconds !== undefined) headers.set('retry-after', seconds)
    }
    return new Response(response.body, { status: response.status, headers })
  }
  app.all('/api/rpc/*', async (context, next) => (await handle(rpc, '/api/rpc', context)) ?? next())
  app.all('/api/*', async (context, next) => (await handle(rest, '/api', context)) ?? next())
}

/** The one form of errors. What fails before an operation is reached (a body that is no JSON) comes here as oRPC's own. */
function encodeError(error: ORPCError<string, unknown>): unknown {
  if (error.code in errorStatus)
    return errorBody(
      new SluiceError(error.code as ErrorCode, error.message, { details: error.data }),
    )
  const code =
    error.status === 404 ? 'not_found' : error.status < 500 ? 'invalid_input' : 'internal'
  return errorBody(new SluiceError(code, error.message))
}

/** Statuses whose details may say when to come back. */
const mayBeTriedAgain = new Set([409, 429, 503])

async function retryAfterOf(response: Response): Promise<string | undefined> {
  return /"retryAfterSeconds":(\d+)/.exec(await response.text())?.[1]
}
