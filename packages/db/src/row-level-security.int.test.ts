import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { createTestDatabase } from '@sluice/testing/database'
import type { TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { createTestMember, createTestWorkspace } from '@sluice/testing/workspace'
import { connectionConfig, databaseRoles } from './connection.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

const asAdmin = async <Row extends pg.QueryResultRow>(
  text: string,
  values: unknown[] = [],
): Promise<Row[]> =>
  withAdmin(database.url, async (client) => (await client.query<Row>(text, values)).rows)

interface TableRow {
  name: string
  has_workspace: boolean
  is_enabled: boolean
  is_forced: boolean
  app_policies: string[] | null
}

// Every table that a role of ours can reach, as the catalogue has it: nothing is listed by hand.
const listTables = () =>
  asAdmin<TableRow>(`
    select c.relname as name, c.relrowsecurity as is_enabled, c.relforcerowsecurity as is_forced,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped) as has_workspace,
      (select array_agg(coalesce(p.qual, '') || ' | ' || coalesce(p.with_check, '')) from pg_policies p
        where p.schemaname = 'public' and p.tablename = c.relname and 'sluice_app' = any(p.roles)) as app_policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_any_column_privilege('sluice_app', c.oid, 'select, insert, update')
    order by 1`)

test('every table that has a workspace_id enforces the tenant boundary on reads and writes', async () => {
  const tables = (await listTables()).filter((table) => table.has_workspace)
  expect(tables.length).toBeGreaterThan(8)
  const boundary = `(workspace_id = current_setting('sluice.workspace_id'::text, true))`
  for (const table of tables) {
    expect(table, table.name).toMatchObject({ is_enabled: true, is_forced: true })
    for (const policy of table.app_policies ?? []) expect(policy, table.name).toContain(boundary)
  }
})

// What belongs to no workspace and may be read by each: which processes serve this installation.
const platformTables = ['workers']

test('every other table that the app can reach has row-level security too, but for those of the platform, which it can only read', async () => {
  const tables = (await listTables()).filter((table) => !table.has_workspace)
  for (const table of tables) {
    if (platformTables.includes(table.name)) {
      const rights = `has_any_column_privilege('sluice_app', '${table.name}', 'insert, update') or has_table_privilege('sluice_app', '${table.name}', 'delete')`
      expect(await asAdmin(`select ${rights} as can_write`), table.name).toEqual([
        { can_write: false },
      ])
    } else expect(table, table.name).toMatchObject({ is_enabled: true, is_forced: true })
  }
})

test('every table that has a workspace_id gives another workspace nothing and takes nothing from it', async () => {
  const other = await createTestWorkspace(database.db)
  const home = await createTestWorkspace(database.db)
  const tables = (await listTables()).filter((table) => table.has_workspace && table.app_policies)
  for (const { name } of tables) {
    // A row of the other workspace with every other column left out or at a value that fits its type.
    const columns = await asAdmin<{ name: string; value: string }>(
      `select quote_ident(attname) as name, case
          when attname = 'workspace_id' then quote_literal($2)
          when t.typname = 'bool' then 'true' when t.typname in ('int4', 'int8', 'float8', 'numeric') then '1'
          when t.typname in ('timestamptz', 'date') then 'now()' when t.typname in ('jsonb', 'json') then '''{}'''
          when t.typcategory = 'A' then '''{}''' else quote_literal('probe') end as value
        from pg_attribute a join pg_type t on t.oid = a.atttypid
        where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
          and (attnotnull or attname = 'workspace_id')`,
      [name, other.workspaceId],
    )
    await withAdmin(database.url, async (client) => {
      // Rules between tables are beside the point here, so they are off while the probe row is put in.
      await client.query(`begin; set local session_replication_role = replica`)
      const constraints = await client.query<{ conname: string }>(
        `select conname from pg_constraint where conrelid = $1::regclass and contype = 'c'`,
        [name],
      )
      for (const { conname } of constraints.rows)
        await client.query(`alter table ${name} drop constraint "${conname}"`)
      const insert = `insert into ${name} (${columns.map((column) => column.name).join(', ')}) values (${columns.map(({ value }) => value).join(', ')})`
      await client.query(insert)
      await client.query(
        `set local role sluice_app; select set_config('sluice.workspace_id', '${home.workspaceId}', true)`,
      )
      const canSelect = await client.query<{ can: boolean }>(
        `select has_table_privilege('sluice_app', $1, 'select') as can`,
        [name],
      )
      if (canSelect.rows[0]!.can) {
        expect(
          (await client.query(`select 1 from ${name} where workspace_id = '${other.workspaceId}'`))
            .rowCount,
          name,
        ).toBe(0)
      }
      const foreign = `where workspace_id = '${other.workspaceId}'`
      for (const change of [
        `update ${name} set workspace_id = workspace_id ${foreign}`,
        `delete from ${name} ${foreign}`,
        insert,
      ]) {
        await client.query('savepoint attempt')
        const outcome = await client.query(change).then(
          (result) =>
            change.startsWith('update') || change.startsWith('delete')
              ? `${result.rowCount} rows`
              : 'written',
          (error: { code: string }) => error.code,
        )
        // Nothing is hit, or the attempt is refused (42501: no right, or the row is outside the policy).
        if (change !== insert && outcome !== '42501')
          expect(outcome, `${change} on ${name}`).toBe('0 rows')
        if (change === insert) expect(outcome, `insert into ${name}`).toBe('42501')
        await client.query('rollback to savepoint attempt')
      }
      await client.query('rollback')
    })
  }
  expect(tables.length).toBeGreaterThan(8)
})

test('without a workspace the app sees nothing', async () => {
  await createTestWorkspace(database.db)
  const client = new pg.Client(
    connectionConfig({ url: database.url, role: 'sluice_app', applicationName: 'test' }),
  )
  await client.connect()
  try {
    for (const table of ['members', 'workspaces', 'users', 'events']) {
      expect((await client.query(`select 1 from ${table}`)).rowCount, table).toBe(0)
    }
  } finally {
    await client.end()
  }
})

test('a workspace sees its own members among the users, and no password or session', async () => {
  const home = await createTestWorkspace(database.db)
  const colleague = await createTestMember(database.db, home.workspaceId, 'viewer')
  await createTestWorkspace(database.db)
  const { rows } = await database.db.scoped(home.scope, (tx) =>
    tx.execute<{ id: string }>(sql`select id from users`),
  )
  expect(rows.map(({ id }) => id).sort()).toEqual([home.userId, colleague.userId].sort())
  for (const secret of ['accounts', 'auth_sessions', 'verifications']) {
    await expect(
      database.db.scoped(home.scope, (tx) => tx.execute(sql.raw(`select 1 from ${secret}`))),
    ).rejects.toMatchObject({
      cause: { code: '42501' },
    })
  }
})

test('no role of ours can log in, is a superuser, may bypass the boundary or owns a table', async () => {
  const roles = await asAdmin(
    `select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles where rolname = any($1) order by 1`,
    [[...databaseRoles]],
  )
  expect(roles).toHaveLength(databaseRoles.length)
  for (const role of roles) {
    expect(role).toMatchObject({
      rolsuper: false,
      rolbypassrls: false,
      rolcanlogin: false,
      rolcreaterole: false,
      rolcreatedb: false,
    })
  }
  expect(
    await asAdmin(`select tablename from pg_tables where tableowner = any($1)`, [
      [...databaseRoles],
    ]),
  ).toEqual([])
  expect(
    await asAdmin(
      `select 1 from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = any($1)`,
      [[...databaseRoles]],
    ),
  ).toEqual([])
})

test('the app can neither switch row-level security off nor change a table', async () => {
  const home = await createTestWorkspace(database.db)
  for (const statement of [
    'alter table members disable row level security',
    'drop policy tenant on members',
    'create table intruder (id text)',
    `select sluice_protect('members')`,
    'alter role sluice_app bypassrls',
  ]) {
    await expect(
      database.db.scoped(home.scope, (tx) => tx.execute(sql.raw(statement))),
      statement,
    ).rejects.toMatchObject({ cause: { code: '42501' } })
  }
  // row_security = off makes a query fail rather than see more.
  await expect(
    database.db.scoped(home.scope, async (tx) => {
      await tx.execute(sql`set local row_security = off`)
      await tx.execute(sql`select 1 from members`)
    }),
  ).rejects.toMatchObject({ cause: { code: '42501' } })
})

test('RESET ROLE does not lead out of the role', async () => {
  const home = await createTestWorkspace(database.db)
  const { rows } = await database.db.scoped(home.scope, async (tx) => {
    await tx.execute(sql`reset role`)
    return tx.execute(sql`select current_user as who`)
  })
  expect(rows).toEqual([{ who: 'sluice_app' }])
})
