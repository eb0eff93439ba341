import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEmptyDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { createTestWorkspace } from '@sluice/testing/workspace'
import { openDatabase } from './database.ts'
import { migrate, readMigrations } from './migrate.ts'
import { requirePostgresVersion } from './postgres-version.ts'

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let folder: string

beforeEach(async () => {
  database = await createEmptyDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-migrations-'))
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const put = (name: string, sql: string) => writeFile(path.join(folder, name), sql)
const ask = (text: string) =>
  withAdmin(database.url, async (client) => (await client.query(text)).rows)

test('the migrations of the system apply to an empty database once, also from several processes at once', async () => {
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate({ url: database.url })))
  const all = (await readMigrations()).map(({ name }) => name)
  expect(results.map(({ applied }) => applied.length).sort((a, b) => a - b)).toEqual([
    0,
    0,
    0,
    all.length,
  ])
  expect(
    (await ask('select name from sluice_migrations order by number')).map(({ name }) => name),
  ).toEqual(all)
})

test('new files apply in the order of their numbers, old ones are left alone', async () => {
  await put('0001_first.sql', 'create table first (id int)')
  expect(await migrate({ url: database.url, folder })).toEqual({
    applied: ['0001_first.sql'],
    version: 1,
  })
  await put('0003_third.sql', 'insert into second values (3)')
  await put('0002_second.sql', 'create table second (id int)')
  expect(await migrate({ url: database.url, folder })).toEqual({
    applied: ['0002_second.sql', '0003_third.sql'],
    version: 3,
  })
})

test('a failed migration leaves nothing of itself behind and says which one it was', async () => {
  await put('0001_first.sql', 'create table first (id int)')
  await put('0002_broken.sql', 'create table second (id int); select 1 / 0')
  await expect(migrate({ url: database.url, folder })).rejects.toThrow(
    '0002_broken.sql failed: division by zero',
  )
  expect(
    await ask(
      `select to_regclass('first') is not null as first, to_regclass('second') is not null as second`,
    ),
  ).toEqual([{ first: true, second: false }])
})

test('a schema that is newer than the code is refused and left as it is', async () => {
  await put('0001_first.sql', 'create table first (id int)')
  await put('0009_future.sql', 'create table future (id int)')
  await migrate({ url: database.url, folder })
  await rm(path.join(folder, '0009_future.sql'))
  await put('0002_second.sql', 'create table second (id int)')
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({
    code: 'unprocessable',
    message: expect.stringMatching(/newer Sluice .*0009_future\.sql/),
  })
  expect(await ask(`select to_regclass('second') as second`)).toEqual([{ second: null }])
})

test('an applied file that was changed is refused; other line ends are no change', async () => {
  await put('0001_first.sql', 'create table first (id int);\n-- end\n')
  await migrate({ url: database.url, folder })
  await put('0001_first.sql', 'create table first (id int);\r\n-- end\r\n')
  await migrate({ url: database.url, folder })
  await put('0001_first.sql', 'create table first (id bigint);\n-- end\n')
  await expect(migrate({ url: database.url, folder })).rejects.toMatchObject({
    code: 'unprocessable',
    message: expect.stringContaining('0001_first.sql was changed'),
  })
})

test('files that share a number or have no number are refused', async () => {
  await put('0001_a.sql', 'select 1')
  await put('0001_b.sql', 'select 1')
  await expect(migrate({ url: database.url, folder })).rejects.toThrow('share a number')
  await rm(path.join(folder, '0001_b.sql'))
  await put('later.sql', 'select 1')
  await expect(migrate({ url: database.url, folder })).rejects.toThrow('NNNN_name.sql')
})

test('an abort while another process migrates gives up at once', async () => {
  await put('0001_slow.sql', 'select pg_sleep(60)')
  const stopping = new AbortController()
  const migrating = migrate({ url: database.url, folder, signal: stopping.signal })
  await expect
    .poll(
      async () =>
        (
          await ask(
            `select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
          )
        ).length,
    )
    .toBe(1)
  stopping.abort(new Error('stopped'))
  await expect(migrating).rejects.toThrow('stopped')
})

test('a user who is no superuser but may create roles is enough; one who may not is told what is missing', async () => {
  const name = `plain_${path.basename(folder).replaceAll('-', '_').toLowerCase()}`
  const url = database.url.replace(/\/\/[^@]*@/, `//${name}:pw@`)
  const databaseName = database.url.split('/').at(-1)!.split('?')[0]!
  await ask(`create role ${name} login password 'pw' nosuperuser`)
  await ask(`alter database ${databaseName} owner to ${name}`)
  try {
    // The test server's roles are made already, by its superuser: the user is no member of them.
    await expect(migrate({ url })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining(`alter role "${name}" createrole`),
    })
    for (const role of ['sluice_app', 'sluice_system', 'sluice_auth'])
      await ask(`grant ${role} to ${name} with admin option`)
    await migrate({ url })
    await using db = openDatabase({ url, onError: () => undefined })
    expect(await db.querySystem('select current_user as who')).toEqual([{ who: 'sluice_system' }])
    // Foreign keys are checked as the owner of the tables, whom the boundary binds as well.
    const [home, other] = [await createTestWorkspace(db), await createTestWorkspace(db)]
    const stream = `session:ses_${'0'.repeat(32)}`
    await db.scoped(home, (tx) =>
      tx.execute(
        `insert into event_streams (stream, workspace_id, last_seq) values ('${stream}', '${home.workspaceId}', 0)`,
      ),
    )
    const seen = async ({ workspaceId }: { workspaceId: string }) =>
      (await db.scoped({ workspaceId }, (tx) => tx.execute('select 1 from event_streams'))).rows
        .length
    expect([await seen(home), await seen(other)]).toEqual([1, 0])
  } finally {
    await ask(`alter database ${databaseName} owner to current_user`)
    await withAdmin(database.url, (client) =>
      client.query(
        `reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`,
      ),
    )
  }
})

test('a server that is too old is refused', async () => {
  await withAdmin(database.url, (client) =>
    expect(requirePostgresVersion(client, 99)).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('needs version 99'),
    }),
  )
})
