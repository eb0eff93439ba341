import { ErrorBody } from '@sluice/contract/errors'
import { expect } from 'vitest'
import type { Caller } from './people.ts'
import type { TestServer } from './test-server.ts'

export interface Refusal {
  status: number
  code: string
  message: string
}

/** Sends a request that must be refused in the one form. */
export async function refusalOf(
  server: Pick<TestServer, 'fetch'>,
  caller: Caller,
  method: string,
  path: string,
  body?: unknown,
): Promise<Refusal> {
  const response = await server.fetch(path, {
    method,
    headers: { ...caller.headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect({ text, isRefused: !response.ok }).toMatchObject({ isRefused: true })
  const { error } = ErrorBody.parse(JSON.parse(text))
  return { status: response.status, code: error.code, message: error.message }
}
