import type { KeyScope, Role } from '@sluice/contract/roles'

/** What the document says of one operation, as far as a request can be built from it. */
export interface DocumentedOperation {
  id: string
  method: string
  /** Below `/api`, with `{parameters}`. */
  path: string
  access: { role: 'public' | 'user' | Role; scope?: KeyScope }
  isOpen: boolean
  parameters: { name: string; in: string; required?: boolean; schema: JsonSchema }[]
  body: JsonSchema | undefined
}

/** The part of JSON Schema that the document uses; anything else makes the build of a request fail. */
export interface JsonSchema {
  type?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  pattern?: string
  minLength?: number
  minimum?: number
  minItems?: number
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  anyOf?: JsonSchema[]
  allOf?: JsonSchema[]
}

interface Document {
  paths: Record<string, Record<string, Record<string, unknown>>>
}

/** Every path and method of the document. */
export function listOperations(document: unknown): DocumentedOperation[] {
  const { paths } = document as Document
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const content = (
        operation['requestBody'] as
          | { content?: Record<string, { schema?: JsonSchema }> }
          | undefined
      )?.content
      if (content !== undefined && content['application/json']?.schema === undefined)
        throw new Error(
          `${method} ${path} takes a body that is no JSON: ${Object.keys(content).join(', ')}`,
        )
      return {
        id: operation['operationId'] as string,
        method: method.toUpperCase(),
        path,
        access: operation['x-sluice-access'] as DocumentedOperation['access'],
        isOpen: JSON.stringify(operation['security']) === '[]',
        parameters: ((operation['parameters'] ?? []) as DocumentedOperation['parameters']).filter(
          (parameter) => parameter.in !== 'header',
        ),
        body: content?.['application/json']?.schema,
      }
    }),
  )
}

export interface BuiltRequest {
  path: string
  init: { method: string; body?: string; headers: Record<string, string> }
  /** It names something of the workspace that the ids belong to. */
  isAddressing: boolean
}

/**
 * A valid request for an operation, with the given ids wherever one is asked for.
 * @param ids by the parameter's name (`taskId`) or, for what is no id, the value of the query parameter
 * @throws where the document asks for something that no value is known for
 */
export function buildRequest(
  operation: DocumentedOperation,
  ids: Record<string, string>,
): BuiltRequest {
  const used = new Set<string>()
  const take = (name: string, schema: JsonSchema): unknown => {
    const id = ids[name] ?? findByPattern(schema, ids)
    if (id === undefined) return undefined
    used.add(id)
    return id
  }
  let { path } = operation
  const query = new URLSearchParams()
  for (const parameter of operation.parameters) {
    const { name, schema } = parameter
    if (parameter.in === 'path') {
      const value = take(name, schema)
      if (typeof value !== 'string')
        throw new Error(`${operation.id}: no value is known for the path parameter ${name}`)
      path = path.replace(`{${name}}`, value)
    } else if (parameter.required === true) {
      query.set(
        name,
        String(take(name, schema) ?? exampleOf(schema, `${operation.id}.${name}`, take)),
      )
    } else {
      // A filter by a foreign id gives an empty list, which is no refusal.
      const id = findByPattern(schema, ids)
      if (id !== undefined) query.set(name, id)
    }
  }
  if (path.includes('{'))
    throw new Error(`${operation.id}: ${path} has a parameter that the document does not describe`)
  const body = operation.body && exampleOf(operation.body, operation.id, take)
  const given = query.size === 0 ? '' : `?${query.toString()}`
  return {
    path: `/api${path}${given}`,
    init: {
      method: operation.method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    isAddressing: used.size > 0,
  }
}

function findByPattern({ pattern }: JsonSchema, ids: Record<string, string>): string | undefined {
  if (pattern === undefined) return undefined
  const expression = new RegExp(pattern)
  return Object.values(ids).find((id) => expression.test(id))
}

function exampleOf(
  schema: JsonSchema,
  where: string,
  take: (name: string, schema: JsonSchema) => unknown,
): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0]!, where, take)
  switch (schema.type) {
    case 'object':
      // Optional ids as well: each is a way to reach into another workspace.
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name, property]) => schema.required?.includes(name) === true || isId(property))
          .map(([name, property]) => [name, exampleOf(property, `${where}.${name}`, take)]),
      )
    case 'array':
      return [exampleOf(schema.items ?? {}, `${where}[]`, take)]
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 1)
    case 'boolean':
      return true
    case 'null':
      return null
    case 'string':
      return textOf(schema, where, take)
    default:
      throw new Error(`${where}: no example can be made of ${JSON.stringify(schema)}`)
  }
}

const isId = ({ pattern, anyOf, items }: JsonSchema): boolean =>
  pattern !== undefined || (anyOf?.some(isId) ?? false) || (items !== undefined && isId(items))

const byFormat: Record<string, string> = {
  email: 'someone@example.test',
  uri: 'http://127.0.0.1:9/v1',
  date: '2030-01-02',
  'date-time': '2030-01-02T03:04:05.000Z',
}

function textOf(
  schema: JsonSchema,
  where: string,
  take: (name: string, schema: JsonSchema) => unknown,
): string {
  const formatted = byFormat[schema.format ?? '']
  if (formatted !== undefined) return formatted
  if (schema.pattern !== undefined) {
    const id = take(where.slice(where.lastIndexOf('.') + 1), schema)
    if (typeof id !== 'string') throw new Error(`${where}: no id matches ${schema.pattern}`)
    return id
  }
  return 'example text'.padEnd(schema.minLength ?? 0, '.')
}
