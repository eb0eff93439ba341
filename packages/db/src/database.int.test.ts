import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { SluiceError } from '@sluice/contract/errors'
import { createTestDatabase } from '@sluice/testing/database'
import type { TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { createGate } from '@sluice/testing/wait'
import { createTestWorkspace } from '@sluice/testing/workspace'
import type { TestWorkspace } from '@sluice/testing/workspace'
import { afterCommit, openDatabase } from './database.ts'
import type { Tx } from './database.ts'

let database: TestDatabase
let home: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 2 })
  home = await createTestWorkspace(database.db)
})
afterAll(() => database?.drop())

const putKey = (tx: Tx, workspaceId: string, key: string) =>
  tx.execute(sql`insert into idempotency_keys (workspace_id, caller, operation, key, fingerprint, expires_at)
    values (${workspaceId}, 'me', 'tasks.create', ${key}, 'f', now())`)
const countKeys = async (tx: Tx, key: string) =>
  (await tx.execute(sql`select 1 from idempotency_keys where key = ${key}`)).rows.length

describe('scoped', () => {
  test('works as sluice_app in its workspace, and commits', async () => {
    const seen = await database.db.scoped(home.scope, async (tx) => {
      await putKey(tx, home.workspaceId, 'committed')
      return (
        await tx.execute<{ who: string; where: string }>(
          sql`select current_user as who, current_setting('sluice.workspace_id') as where`,
        )
      ).rows[0]
    })
    expect(seen).toEqual({ who: 'sluice_app', where: home.workspaceId })
    expect(await database.db.scoped(home.scope, (tx) => countKeys(tx, 'committed'))).toBe(1)
  })

  test('rolls back on an error and passes it on', async () => {
    const failed = new SluiceError('conflict', 'no')
    await expect(
      database.db.scoped(home.scope, async (tx) => {
        await putKey(tx, home.workspaceId, 'rolled back')
        throw failed
      }),
    ).rejects.toBe(failed)
    expect(await database.db.scoped(home.scope, (tx) => countKeys(tx, 'rolled back'))).toBe(0)
  })

  test('leaves nothing of its workspace on the connection', async () => {
    await database.db.scoped(home.scope, (tx) => putKey(tx, home.workspaceId, 'mine'))
    const other = await createTestWorkspace(database.db)
    for (let round = 0; round < 4; round++) {
      expect(await database.db.scoped(other.scope, (tx) => countKeys(tx, 'mine'))).toBe(0)
    }
  })

  test('takes a workspace id with a quote in it as text', async () => {
    const odd = `wks_' or true --`
    const { rows } = await database.db.scoped({ workspaceId: odd }, (tx) =>
      tx.execute(sql`select current_setting('sluice.workspace_id') as at`),
    )
    expect(rows).toEqual([{ at: odd }])
  })

  test('fails when an error inside it was swallowed, since nothing was kept', async () => {
    const work = database.db.scoped(home.scope, async (tx) => {
      await putKey(tx, home.workspaceId, 'swallowed')
      await tx.execute(sql`select 1 / 0`).catch(() => 'ignored')
    })
    await expect(work).rejects.toThrow('rolled back')
  })

  test('a savepoint undoes its own part only', async () => {
    await database.db.scoped(home.scope, async (tx) => {
      await putKey(tx, home.workspaceId, 'outer')
      await expect(
        tx.transaction(async (inner) => {
          await putKey(inner, home.workspaceId, 'inner')
          throw new Error('only this')
        }),
      ).rejects.toThrow('only this')
    })
    const counts = await database.db.scoped(home.scope, async (tx) => [
      await countKeys(tx, 'outer'),
      await countKeys(tx, 'inner'),
    ])
    expect(counts).toEqual([1, 0])
  })
})

describe('afterCommit', () => {
  test('runs in order once the commit can be seen, before scoped returns', async () => {
    const ran: string[] = []
    await database.db.scoped(home.scope, async (tx) => {
      afterCommit(tx, async () => {
        ran.push(
          `first sees ${await database.db.scoped(home.scope, (other) => countKeys(other, 'hooked'))}`,
        )
      })
      await tx.transaction(async (inner) => afterCommit(inner, () => void ran.push('second')))
      await putKey(tx, home.workspaceId, 'hooked')
    })
    expect(ran).toEqual(['first sees 1', 'second'])
  })

  test('does not run after a rollback', async () => {
    let hasRun = false
    const work = database.db.scoped(home.scope, async (tx) => {
      afterCommit(tx, () => void (hasRun = true))
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(hasRun).toBe(false)
  })

  test('a hook that fails is reported and does not undo what was committed', async () => {
    const failed = new Error('hook failed')
    let hasNextRun = false
    await database.db.scoped(home.scope, async (tx) => {
      afterCommit(tx, () => Promise.reject(failed))
      afterCommit(tx, () => void (hasNextRun = true))
    })
    expect(hasNextRun).toBe(true)
    expect(database.errors).toContain(failed)
  })

  test('refuses a transaction that has ended', async () => {
    let kept: Tx | undefined
    await database.db.scoped(home.scope, async (tx) => void (kept = tx))
    expect(() => afterCommit(kept!, () => undefined)).toThrow('needs an open transaction')
  })
})

describe('a database that goes away', () => {
  test('a connection that is cut fails as database_unavailable, and the next one works', async () => {
    const work = database.db.scoped(home.scope, async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
      await withAdmin(database.url, (client) =>
        client.query('select pg_terminate_backend($1, 5000)', [rows[0]!.pid]),
      )
      await tx.execute(sql`select 1`)
    })
    await expect(work).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await database.db.scoped(home.scope, (tx) => countKeys(tx, 'none'))).toBe(0)
  })

  test('a connection that is cut while the function is elsewhere does not end the process', async () => {
    const work = database.db.system(async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
      const gone = createGate()
      await withAdmin(database.url, async (client) => {
        await client.query('select pg_terminate_backend($1, 5000)', [rows[0]!.pid])
        gone.open()
      })
      await gone.opened
      throw new SluiceError('conflict', 'said by the feature')
    })
    await expect(work).rejects.toMatchObject({ code: 'conflict' })
    await database.db.system((tx) => tx.execute(sql`select 1`))
  })

  test('an idle connection that is cut is reported, without itself, and replaced', async () => {
    const errors: unknown[] = []
    await using cut = openDatabase({
      url: database.url,
      applicationName: 'to be cut',
      onError: (error) => errors.push(error),
    })
    await cut.ping()
    await withAdmin(database.url, (client) =>
      client.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'to be cut%'`,
      ),
    )
    await expect.poll(() => errors).toMatchObject([{ code: '57P01' }])
    expect(errors[0]).not.toHaveProperty('client')
    await cut.ping()
  })

  test('a server that is not there is database_unavailable', async () => {
    await using away = openDatabase({
      url: 'postgres://u:p@127.0.0.1:1/none',
      onError: () => undefined,
    })
    await expect(away.ping()).rejects.toMatchObject({ code: 'database_unavailable' })
    await expect(away.scoped(home.scope, async () => 1)).rejects.toMatchObject({
      code: 'database_unavailable',
    })
    await expect(away.querySystem('select 1')).rejects.toMatchObject({
      code: 'database_unavailable',
    })
    await expect(away.connectSystem('x')).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  test('a pool whose connections are all taken says so instead of waiting for ever', async () => {
    const release = createGate()
    await using small = openDatabase({
      url: database.url,
      poolSize: 1,
      connectTimeoutMs: 300,
      onError: () => undefined,
    })
    const taken = createGate()
    const holder = small.scoped(home.scope, async () => {
      taken.open()
      await release.opened
    })
    await taken.opened
    expect(small.stats().app).toMatchObject({ total: 1, idle: 0 })
    await expect(small.scoped(home.scope, async () => 1)).rejects.toMatchObject({
      code: 'database_unavailable',
    })
    release.open()
    await holder
  })
})
