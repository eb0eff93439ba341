import type pg from 'pg'
import { SluiceError } from '@sluice/contract/errors'

/** The oldest major version of Postgres that Sluice is tested on. */
export const oldestPostgresVersion = 15

/** @throws SluiceError `unprocessable` when the server is older than `major` */
export async function requirePostgresVersion(
  client: pg.ClientBase,
  major: number = oldestPostgresVersion,
): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const found = rows[0]!
  if (Math.floor(found.number / 10_000) >= major) return
  throw new SluiceError(
    'unprocessable',
    `Postgres ${found.version} is too old: Sluice needs version ${major} or newer. Update the server, or leave DATABASE_URL out to use the one that Sluice brings.`,
  )
}
