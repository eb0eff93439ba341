import { keyScopes, roles } from '@sluice/contract/roles'
import { contract } from '@sluice/contract/api'
import { isContractProcedure } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeOneOfEach, type OneOfEach } from './testing/one-of-each.ts'
import {
  buildRequest,
  listOperations,
  type DocumentedOperation,
} from './testing/openapi-requests.ts'
import {
  createCaller,
  createKey,
  createStranger,
  setUpOwner,
  type Caller,
} from './testing/people.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

// Everything here is made from the document that the server gives out: an operation that is
// added tomorrow is tested tomorrow, or fails because no request can be built for it.

const openToAll = ['setup.status', 'setup.create', 'invitations.find', 'invitations.accept']

let testServer: TestServer
let operations: DocumentedOperation[]
let ids: OneOfEach
let owner: Caller
let strangerKey: Caller

beforeAll(async () => {
  testServer = await startTestServer()
  const { fetch } = testServer
  owner = await setUpOwner(fetch)
  strangerKey = await createKey(fetch, await createStranger(fetch, owner))
  ids = await makeOneOfEach(testServer, owner)
  operations = listOperations(await createCaller(fetch).call('GET', '/api/openapi.json'))
})
afterAll(() => testServer[Symbol.asyncDispose]())

interface Sent {
  operation: string
  status: number
  code: string | undefined
  text: string
}

async function send(operation: DocumentedOperation, caller: Caller): Promise<Sent> {
  const { path, init } = buildRequest(operation, ids)
  const response = await testServer.fetch(path, {
    ...init,
    headers: { ...init.headers, ...caller.headers },
  })
  const text = await response.text()
  return {
    operation: operation.id,
    status: response.status,
    code: /"code":"(\w+)"/.exec(text)?.[1],
    text,
  }
}

/** One after the other: what one request does must not hide what the next one may do. */
async function sendAll(list: DocumentedOperation[], caller: Caller): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const operation of list) sent.push(await send(operation, caller))
  return sent
}

const facts = ({ operation, status, code }: Sent) => ({ operation, status, code })
const restricted = () => operations.filter(({ id }) => !openToAll.includes(id))

/** Every row of the workspace, as text; the time that a key was last used is no change. */
async function dump(): Promise<Record<string, string[]>> {
  const { db } = testServer.server.core
  const tables = await db.querySystem<{ name: string }>(
    `select table_name as name from information_schema.columns
     where column_name = 'workspace_id' and table_schema = 'public' order by 1`,
  )
  expect(tables.length).toBeGreaterThan(15)
  const rows: Record<string, string[]> = {}
  for (const { name } of tables) {
    const found = await db.querySystem<{ row: string }>(
      `select (to_jsonb(t) - 'last_used_at')::text as row from ${name} t where workspace_id = $1 order by 1`,
      [ids['workspaceId']],
    )
    rows[name] = found.map(({ row }) => row)
  }
  return rows
}

test('the document has every operation of the contract, each with what it asks of its caller', () => {
  const inContract: string[] = []
  const walk = (node: object, path: string[]): void => {
    for (const [name, value] of Object.entries(node)) {
      if (isContractProcedure(value)) inContract.push([...path, name].join('.'))
      else walk(value as object, [...path, name])
    }
  }
  walk(contract, [])
  expect(operations.map(({ id }) => id).sort()).toEqual(inContract.sort())
  expect(operations.filter(({ access }) => access?.role === undefined)).toEqual([])
  // All but four read or write in a workspace; a key without that scope must not get in.
  expect(
    operations.filter(
      ({ access }) =>
        access.role !== 'public' && access.role !== 'user' && access.scope === undefined,
    ),
  ).toEqual([])
})

describe('without credentials', () => {
  test('only what must be open is', () => {
    expect(
      operations
        .filter(({ isOpen }) => isOpen)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...openToAll].sort())
  })

  test('every other operation answers 401', async () => {
    const sent = await sendAll(restricted(), createCaller(testServer.fetch))
    expect(sent.map(facts)).toEqual(
      restricted().map(({ id }) => ({ operation: id, status: 401, code: 'unauthenticated' })),
    )
  })

  test('so it is for each kind of credentials that are none', async () => {
    const none: Record<string, string>[] = [
      { authorization: `Bearer slk_${'A'.repeat(43)}` },
      { 'x-api-key': 'anything' },
      { cookie: 'sluice.session_token=abc.def' },
    ]
    for (const headers of none) {
      const sent = await sendAll(restricted(), createCaller(testServer.fetch, headers))
      expect(sent.filter(({ status }) => status !== 401).map(facts)).toEqual([])
    }
  })

  test('and for the same operations called as RPC', async () => {
    for (const { id } of restricted()) {
      const response = await testServer.fetch(`/api/rpc/${id.replace('.', '/')}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"json":{}}',
      })
      expect({ id, status: response.status }).toEqual({ id, status: 401 })
    }
  })
})

describe('with a key of another workspace', () => {
  let before: Record<string, string[]>
  let sent: { operation: DocumentedOperation; isAddressing: boolean; answer: Sent }[]
  beforeAll(async () => {
    before = await dump()
    sent = []
    for (const operation of restricted()) {
      const { isAddressing } = buildRequest(operation, ids)
      sent.push({ operation, isAddressing, answer: await send(operation, strangerKey) })
    }
  })

  test('what names a thing of ours is not found, and most operations do', () => {
    const addressing = sent.filter(({ isAddressing }) => isAddressing)
    expect(addressing.length).toBeGreaterThan(60)
    expect(
      addressing
        .filter(({ answer }) => answer.status !== 404 && answer.status !== 403)
        .map(({ answer }) => facts(answer)),
    ).toEqual([])
  })

  test('no answer is a failure of the server', () => {
    expect(
      sent.filter(({ answer }) => answer.status >= 500).map(({ answer }) => facts(answer)),
    ).toEqual([])
  })

  test('no answer holds anything of ours', () => {
    const secrets = [
      ...Object.values(ids).filter((id) => /_[0-9a-f]{32}$/.test(id)),
      'owner@example.test',
      'guest@example.test',
      'sk-not-for-others',
    ]
    for (const { isAddressing, answer } of sent) {
      // A refusal repeats the id that was asked for.
      if (isAddressing) continue
      expect({
        operation: answer.operation,
        leaks: secrets.filter((secret) => answer.text.includes(secret)),
      }).toEqual({ operation: answer.operation, leaks: [] })
    }
  })

  test('nothing of ours changed', async () => {
    expect(await dump()).toEqual(before)
  })

  test('asking for our workspace by its name gives nothing either', async () => {
    for (const workspace of [ids['workspaceId']!, 'first']) {
      const response = await testServer.fetch('/api/repositories', {
        headers: { ...strangerKey.headers, 'sluice-workspace': workspace },
      })
      expect(response.status).toBe(404)
    }
  })

  test('what exists elsewhere and what exists nowhere give the same answer', async () => {
    for (const operation of restricted().filter(({ parameters }) =>
      parameters.some((parameter) => parameter.in === 'path'),
    )) {
      const nowhere = Object.fromEntries(
        Object.entries(ids).map(([name, id]) => [
          name,
          id.replace(/_[0-9a-f]{32}$/, `_${'0'.repeat(32)}`),
        ]),
      )
      const there = await send(operation, strangerKey)
      const { path, init } = buildRequest(operation, nowhere)
      const response = await testServer.fetch(path, {
        ...init,
        headers: { ...init.headers, ...strangerKey.headers },
      })
      const text = await response.text()
      const blank = (body: string): string => body.replaceAll(/_[0-9a-f]{32}/g, '_id')
      expect({ operation: operation.id, status: response.status, text: blank(text) }).toEqual({
        operation: operation.id,
        status: there.status,
        text: blank(there.text),
      })
    }
  })
})

describe('with too little', () => {
  test('a role below the one asked for is refused, before the input is looked at', async () => {
    const before = await dump()
    for (const [place, role] of roles.entries()) {
      const asksMore = operations.filter(
        ({ access }) => roles.indexOf(access.role as never) > place,
      )
      if (asksMore.length === 0) continue
      const caller = await createKey(testServer.fetch, owner, { role })
      const sent = await sendAll(asksMore, caller)
      expect(
        sent.filter(({ status, code }) => status !== 403 || code !== 'forbidden').map(facts),
      ).toEqual([])
      for (const operation of asksMore.filter(({ body }) => body !== undefined)) {
        const { path, init } = buildRequest(operation, ids)
        const response = await testServer.fetch(path, {
          ...init,
          body: '{"no":"such field"}',
          headers: { ...init.headers, ...caller.headers },
        })
        expect({ operation: operation.id, status: response.status }).toEqual({
          operation: operation.id,
          status: 403,
        })
      }
    }
    expect(await withoutKeys(dump())).toEqual(await withoutKeys(Promise.resolve(before)))
  })

  test('a key that lacks the scope is refused, whatever its role', async () => {
    const before = await dump()
    for (const scope of keyScopes) {
      const caller = await createKey(testServer.fetch, owner, {
        scopes: keyScopes.filter((other) => other !== scope),
      })
      const asking = restricted().filter(({ access }) => (access.scope ?? 'read') === scope)
      expect(asking.length).toBeGreaterThan(0)
      const sent = await sendAll(asking, caller)
      expect(
        sent.filter(({ status, code }) => status !== 403 || code !== 'forbidden').map(facts),
      ).toEqual([])
    }
    expect(await withoutKeys(dump())).toEqual(await withoutKeys(Promise.resolve(before)))
  })

  test('a key with exactly the role and scope asked for can read', async () => {
    for (const role of roles) {
      const reads = operations.filter(
        ({ method, access }) => method === 'GET' && access.role === role,
      )
      if (reads.length === 0) continue
      const sent = await sendAll(
        reads,
        await createKey(testServer.fetch, owner, { role, scopes: ['read'] }),
      )
      // The provider of this test answers nobody, which is no question of rights.
      expect(
        sent
          .filter(({ status, operation }) => status !== 200 && operation !== 'providers.models')
          .map(facts),
      ).toEqual([])
    }
  })
})

/** The keys that a test makes itself, with what is written down of it, are no change. */
async function withoutKeys(
  dumped: Promise<Record<string, string[]>>,
): Promise<Record<string, string[]>> {
  const {
    api_keys: _keys,
    audit_entries: _audit,
    audit: _auditLog,
    events,
    event_streams: _streams,
    ...rest
  } = await dumped
  return { ...rest, events: (events ?? []).filter((row) => !row.includes('people.changed')) }
}
