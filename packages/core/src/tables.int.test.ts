import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { withAdmin } from '@sluice/testing/global-setup'
import { afterAll, beforeAll, expect, test } from 'vitest'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** Every table that a feature declares, found by the name of its file. */
async function listTables(): Promise<PgTable[]> {
  const folders = await readdir(import.meta.dirname, { withFileTypes: true })
  const tables: PgTable[] = []
  for (const folder of folders.filter((entry) => entry.isDirectory())) {
    const files = await readdir(join(import.meta.dirname, folder.name))
    if (!files.includes('tables.ts')) continue
    const module = (await import(join(import.meta.dirname, folder.name, 'tables.ts'))) as Record<
      string,
      unknown
    >
    tables.push(...Object.values(module).filter((value) => is(value, PgTable)))
  }
  return tables
}

const sqlTypes: Record<string, string> = {
  'timestamp with time zone': 'timestamp with time zone',
  'timestamp (3) with time zone': 'timestamp with time zone',
  'text[]': 'ARRAY',
}

test('the tables of the code are those of the migrations: names, types, and what may be null', async () => {
  const { rows } = await withAdmin(database.url, (client) =>
    client.query<{ place: string; data_type: string; is_nullable: string }>(
      `select table_name || '.' || column_name as place, data_type, is_nullable
       from information_schema.columns where table_schema = 'public'`,
    ),
  )
  const catalogue = new Map(rows.map((row) => [row.place, row]))
  const tables = await listTables()
  expect(tables.length).toBeGreaterThan(15)
  const problems: string[] = []
  for (const table of tables) {
    for (const column of Object.values(getTableColumns(table))) {
      const place = `${getTableName(table)}.${column.name}`
      const found = catalogue.get(place)
      const type = column.getSQLType()
      if (found === undefined) problems.push(`${place} is in no migration`)
      else if (found.data_type !== (sqlTypes[type] ?? type))
        problems.push(`${place} is ${found.data_type}, in code ${type}`)
      else if ((found.is_nullable === 'NO') !== (column.notNull || column.primary)) {
        problems.push(`${place} differs in whether it may be null`)
      }
    }
  }
  expect(problems).toEqual([])
})
