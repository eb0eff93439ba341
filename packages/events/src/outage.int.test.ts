import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createId } from '@sluice/contract/ids'
import { openDatabase } from '@sluice/db/database'
import { startEmbeddedPostgres } from '@sluice/db/embedded'
import { isDatabaseUnavailable } from '@sluice/db/errors'
import { migrate } from '@sluice/db/migrate'
import { collectUntil } from '@sluice/testing/wait'
import { createTestWorkspace } from '@sluice/testing/workspace'
import { append } from './log.ts'
import { createEventTail } from './tail.ts'

const total = 60
const killsAt = [15, 35]

test('the server is killed twice while events are written: nothing that was committed is lost, doubled or late for ever', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-outage-'))
  // A killed process loses nothing that it handed to the kernel, so this holds without fsync too.
  const said: string[] = []
  const server = await startEmbeddedPostgres({
    folder,
    settings: { fsync: 'off' },
    onLog: (line) => said.push(line),
  })
  await migrate({ url: server.url })
  const problems: unknown[] = []
  const onError = (error: unknown) => problems.push(error)
  const db = openDatabase({ url: server.url, connectTimeoutMs: 2_000, onError })
  const tail = createEventTail({ db, onError })
  try {
    const { scope, workspaceId } = await createTestWorkspace(db)
    const stream = `session:${createId('ses')}`
    const writeOnce = (text: string) =>
      db.scoped(scope, async (tx) =>
        append(tx, scope, stream, [{ type: 'notice', payload: { level: 'info', text } }]),
      )
    let confirmed = 0
    const subscribers = Array.from({ length: 5 }, () =>
      collectUntil(tail.subscribe({ workspaceId, stream, after: 0 }), (all) => {
        return (all.at(-1)!.payload as { text: string }).text === 'end'
      }),
    )
    for (let index = 0; index < total; index++) {
      if (killsAt.includes(index)) {
        await server.ready()
        process.kill(server.pid, 'SIGKILL')
      }
      await writeOnce(`event ${index}`).then(
        () => confirmed++,
        async (error: unknown) => {
          // A clear word each time; the writer waits for the server and goes on.
          expect(error).toMatchObject({ code: 'database_unavailable' })
          await expect
            .poll(() => db.ping().then(() => 'up', isDatabaseUnavailable), { timeout: 60_000 })
            .toBe('up')
        },
      )
    }
    await writeOnce('end')
    const [first, ...others] = await Promise.all(subscribers)
    expect(first!.map(({ seq }) => seq)).toEqual(first!.map((_event, index) => index + 1))
    for (const seen of others) expect(seen).toEqual(first)
    const texts = first!.map(({ payload }) => (payload as { text: string }).text)
    expect(new Set(texts).size).toBe(texts.length)
    // A commit whose answer was cut off may stand as well.
    expect(texts.length - 1).toBeGreaterThanOrEqual(confirmed)
    expect(said.filter((line) => line === 'Postgres runs again')).toHaveLength(killsAt.length)
    expect(problems.length).toBeGreaterThan(0)
  } finally {
    await tail.close()
    await db.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
