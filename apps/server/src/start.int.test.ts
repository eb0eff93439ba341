import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { spawnServer, type ChildServer } from './testing/child-server.ts'
import { createTestMachine, type TestMachine } from './testing/machine.fixture.ts'

let database: TestDatabase
let machine: TestMachine
let variables: Record<string, string>
const started: ChildServer[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  machine = await createTestMachine()
  variables = { ...machine.variables, DATABASE_URL: database.url, SLUICE_PORT: '0' }
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server[Symbol.asyncDispose]()))
  await machine[Symbol.asyncDispose]()
})

function start(more: Record<string, string> = {}): ChildServer {
  const server = spawnServer({ ...variables, ...more }, { page: false })
  started.push(server)
  return server
}

/** What a server that must not start says, with its exit code. */
async function refusal(
  more: Record<string, string>,
): Promise<{ code: number | null; errors: string }> {
  const server = start(more)
  const isReady = await server.ready.then(
    () => true,
    () => false,
  )
  expect(isReady).toBe(false)
  const { code } = await server.ended
  return { code, errors: server.errors }
}

describe('the server does not start', () => {
  test('with a setting that is wrong, and names it', async () => {
    const { code, errors } = await refusal({ SLUICE_PORT: 'http', SLUICE_ROLES: 'cook' })
    expect(code).toBe(1)
    expect(errors).toMatch(/SLUICE_PORT[\s\S]*SLUICE_ROLES/)
    expect(errors).not.toMatch(/\n\s+at /)
  })

  test('beyond this machine while nobody owns it', async () => {
    const { code, errors } = await refusal({ SLUICE_HOST: '0.0.0.0' })
    expect(code).toBe(1)
    expect(errors).toContain('does not listen on 0.0.0.0 before it has an owner')
    expect(errors).toContain('SLUICE_OWNER_EMAIL')
  })

  test('on a data folder whose database another one runs, and names that one', async () => {
    // Without DATABASE_URL each brings its own Postgres, and a folder holds one.
    const { DATABASE_URL: _url, ...own } = variables
    variables = own
    const first = start()
    await first.ready
    const { code, errors } = await refusal({})
    expect(code).toBe(1)
    expect(errors).toContain(`process ${first.pid}`)
    expect(errors).toContain('in use by another Sluice')
    expect(errors).not.toMatch(/\n\s+at /)
    first.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0 })
  })

  test('and leaves no database of its own behind', async () => {
    const { DATABASE_URL: _url, ...own } = variables
    variables = own
    await refusal({ SLUICE_HOST: '0.0.0.0' })
    expect(existsSync(join(machine.data, 'postgres', 'data', 'PG_VERSION'))).toBe(true)
    expect(existsSync(join(machine.data, 'postgres', 'data', 'postmaster.pid'))).toBe(false)
  })

  test('on a port that is taken, and says which', async () => {
    const first = start()
    const { port } = new URL(await first.ready)
    const other = join(machine.work, 'other')
    mkdirSync(other)
    const { code, errors } = await refusal({ SLUICE_PORT: port, SLUICE_DATA: other })
    expect(code).toBe(1)
    expect(errors).toContain(port)
    expect(errors).toContain('SLUICE_PORT')
    expect(errors).not.toMatch(/\n\s+at /)
  })

  test('without a database that answers, and says so without the password', async () => {
    const { code, errors } = await refusal({
      DATABASE_URL: 'postgres://sluice:geheim@127.0.0.1:9/sluice',
    })
    expect(code).toBe(1)
    expect(errors).toMatch(/database cannot be reached/i)
    expect(errors).not.toContain('geheim')
    expect(errors).not.toMatch(/\n\s+at /)
  })
})

describe('the server starts', () => {
  test('and reports a setting that it does not know', async () => {
    const server = start({ SLUICE_PROT: '4001' })
    await server.ready
    expect(server.errors).toContain('SLUICE_PROT')
  })

  test('beyond this machine once an owner is described, and the owner can sign in', async () => {
    const server = start({
      SLUICE_HOST: '0.0.0.0',
      SLUICE_OWNER_EMAIL: 'Owner@Example.test',
      SLUICE_OWNER_PASSWORD: 'correct horse battery',
      SLUICE_WORKSPACE: 'Unattended',
    })
    const { port } = new URL(await server.ready)
    const response = await fetch(`http://127.0.0.1:${port}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` },
      body: JSON.stringify({ email: 'owner@example.test', password: 'correct horse battery' }),
    })
    expect(response.status).toBe(200)
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ')
    const me = await fetch(`http://127.0.0.1:${port}/api/me`, { headers: { cookie } })
    expect(await me.json()).toMatchObject({
      current: { workspace: { name: 'Unattended', role: 'owner' } },
    })
  })

  test('again on the same folder after it was killed', async () => {
    const first = start()
    await first.ready
    first.kill('SIGKILL')
    await first.ended
    expect(await start().ready).toMatch(/^http:/)
  })

  test('and ends by itself, in good order, when it is asked to', async () => {
    const server = start()
    await server.ready
    server.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  })
})
