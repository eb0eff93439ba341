import { OpenAPIGenerator, type OpenAPI } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contract } from '@sluice/contract/api'
import type { OperationMeta } from '@sluice/contract/api/operation'
import { ErrorBody } from '@sluice/contract/errors'
import { isContractProcedure, type AnyContractProcedure } from '@orpc/contract'
import { z } from 'zod'

/** What each operation asks of its caller, under its `x-sluice-access`. */
type Operation = OpenAPI.OperationObject & { 'x-sluice-access'?: unknown }

/** Makes the OpenAPI 3.1 document once, at its first request. */
export function createOpenApiDocument(version: string): () => Promise<OpenAPI.Document> {
  let made: Promise<OpenAPI.Document> | undefined
  return () => (made ??= generate(version))
}

async function generate(version: string): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(contract, {
    info: {
      title: 'Sluice',
      version,
      description:
        'Every operation works in one workspace: that of the API key, or the one named by the header `sluice-workspace` (id or slug). ' +
        'Creates take an `Idempotency-Key`. Lists give `nextCursor` while there is more. Events also come as server-sent events at ' +
        '`/api/events/stream?stream=…&after=…` and over the WebSocket `/api/live`.',
    },
    servers: [{ url: '/api' }],
    security: [{ apiKey: [] }, { session: [] }],
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key made under Settings' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sluice.session_token',
          description: 'Signed in through the page',
        },
      },
    },
    customErrorResponseBodySchema: () => z.toJSONSchema(ErrorBody, { io: 'output' }) as never,
  })
  for (const { procedure, method, path } of listProcedures(contract)) {
    const operation = document.paths?.[path]?.[method] as Operation | undefined
    const { access } = procedure['~orpc'].meta as OperationMeta
    if (operation === undefined || access === undefined)
      throw new Error(`The operation ${method} ${path} is not in the OpenAPI document`)
    operation['x-sluice-access'] = access
    if (access.role === 'public') operation.security = []
    if (method === 'post') (operation.parameters ??= []).push(idempotencyParameter)
  }
  return document
}

const idempotencyParameter: OpenAPI.ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Sent again with the same key, a request gives the first answer and does nothing more',
  schema: { type: 'string', maxLength: 200 },
}

function* listProcedures(node: object): Generator<{
  procedure: AnyContractProcedure
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
}> {
  for (const value of Object.values(node)) {
    if (isContractProcedure(value)) {
      const { method, path } = value['~orpc'].route
      yield {
        procedure: value,
        method: (method ?? 'POST').toLowerCase() as 'get',
        path: path ?? '',
      }
    } else if (typeof value === 'object' && value !== null) yield* listProcedures(value as object)
  }
}
