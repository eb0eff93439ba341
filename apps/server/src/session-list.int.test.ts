import { createId } from '@sluice/contract/ids'
import { SessionGroup, SessionStatus, type Session } from '@sluice/contract/session'
import { TaskStatus } from '@sluice/contract/task'
import { createClient, type Client } from '@sluice/sdk/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { createKey, setUpOwner } from './testing/people.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let testServer: TestServer
let client: Client

beforeAll(async () => {
  testServer = await startTestServer()
  const { url } = await testServer.listen()
  const { headers } = await createKey(testServer.fetch, await setUpOwner(testServer.fetch))
  client = createClient({ url, headers })
  await makeSessions()
})
afterAll(() => testServer[Symbol.asyncDispose]())

/** A session in every state with tasks in every pair of states, as rows: no run has to carry them. */
async function makeSessions(): Promise<void> {
  const repository = await client.repositories.addSample()
  const { session, task } = await client.sessions.create({
    repositoryId: repository.id,
    prompt: repository.samplePrompt!,
    mode: 'isolated',
  })
  // At rest: the list must not change while it is read.
  await untilTask(client, task, ['waiting_approval'])
  await testServer.server.engine.idle()
  const { db } = testServer.database
  const pairs = [undefined, ...TaskStatus.options].flatMap((first) =>
    first === undefined ? [[]] : [[first], [first, 'pending'], ['completed', first]],
  )
  for (const status of SessionStatus.options) {
    for (const [index, states] of pairs.entries()) {
      const id = createId('ses')
      await db.querySystem(
        `insert into sessions select (jsonb_populate_record(s, jsonb_build_object('id', $2::text, 'title', $3::text, 'status', $4::text))).* from sessions s where id = $1`,
        [session.id, id, `${status} ${index}`, status],
      )
      for (const [number, state] of states.entries()) {
        await db.querySystem(
          `insert into tasks select (jsonb_populate_record(t, jsonb_build_object('id', $2::text, 'session_id', $3::text, 'status', $4::text, 'number', $5::int, 'position', $5::int, 'run_id', null))).* from tasks t where session_id = $1 limit 1`,
          [session.id, createId('tsk'), id, state, number + 1],
        )
      }
    }
  }
}

async function listAll(input: Parameters<Client['sessions']['list']>[0]): Promise<Session[]> {
  const all: Session[] = []
  let cursor: string | undefined
  do {
    const page = await client.sessions.list({ ...input, limit: 20, cursor })
    all.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return all
}

test('a filter by group or by state of the task finds what shows that, over all pages', async () => {
  const all = await listAll({})
  expect(all.length).toBeGreaterThan(200)
  const ids = (sessions: Session[]) => sessions.map(({ id }) => id)
  const found = await Promise.all(SessionGroup.options.map((group) => listAll({ group })))
  // Each is in one group, and every one in some.
  expect(found.flat().length).toBe(all.length)
  expect(new Set(ids(found.flat()))).toEqual(new Set(ids(all)))
  const [needsDecision, running] = found
  for (const { status, task } of needsDecision!)
    expect(
      status === 'failed' ||
        ['waiting_approval', 'qa_failed', 'interrupted', 'failed'].includes(task!.status),
    ).toBe(true)
  for (const { status, task } of running!)
    expect(status === 'provisioning' || !['completed', 'failed'].includes(task!.status)).toBe(true)
  for (const taskStatus of TaskStatus.options)
    expect(ids(await listAll({ taskStatus }))).toEqual(
      ids(all.filter(({ task }) => task?.status === taskStatus)),
    )
})
