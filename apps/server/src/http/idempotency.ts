import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/contract/errors'
import type { CoreDeps, Scope } from '@sluice/core/platform'
import { sql } from 'drizzle-orm'

export const idempotencyHeader = 'idempotency-key'
const keptHours = 24
/** A first request that is older and still unanswered died with its server. */
const runningMinutes = 5

export interface IdempotentCall {
  operation: string
  key: string
  input: unknown
}

/**
 * Answers a repeated create with what the first one answered.
 * @throws SluiceError idempotency_mismatch (the key was used with another input), conflict
 * (the first request is still being worked on), invalid_input
 */
export async function once<T>(
  deps: Pick<CoreDeps, 'db' | 'clock'>,
  scope: Scope,
  call: IdempotentCall,
  run: () => Promise<T>,
): Promise<T> {
  if (!/^[\x21-\x7e]{1,200}$/.test(call.key))
    throw new SluiceError(
      'invalid_input',
      'An Idempotency-Key has 1 to 200 printable characters without spaces.',
    )
  const fingerprint = createHash('sha256').update(canonical(call.input)).digest('hex')
  const now = deps.clock.now()
  const where = sql`workspace_id = ${scope.workspaceId} and caller = ${scope.actor.id} and operation = ${call.operation} and key = ${call.key}`
  const known = await deps.db.scoped(scope, async (tx) => {
    await tx.execute(sql`delete from idempotency_keys where ${where}
      and (expires_at < ${now.toISOString()}::timestamptz
        or (status = 'running' and created_at < ${new Date(now.getTime() - runningMinutes * 60_000).toISOString()}::timestamptz))`)
    const inserted = await tx.execute(sql`
      insert into idempotency_keys (workspace_id, caller, operation, key, fingerprint, created_at, expires_at)
      values (${scope.workspaceId}, ${scope.actor.id}, ${call.operation}, ${call.key}, ${fingerprint}, ${now.toISOString()}::timestamptz,
              ${new Date(now.getTime() + keptHours * 3_600_000).toISOString()}::timestamptz)
      on conflict do nothing`)
    if ((inserted.rowCount ?? 0) > 0) return undefined
    const found = await tx.execute<{
      fingerprint: string
      status: string
      response: { body: T } | null
    }>(sql`select fingerprint, status, response from idempotency_keys where ${where}`)
    return found.rows[0]
  })
  if (known !== undefined) return replay(known, fingerprint)
  let body: T
  try {
    body = await run()
  } catch (error) {
    // Nothing was made: the same key may be tried again.
    await free(deps, scope, where)
    throw error
  }
  await deps.db.scoped(scope, (tx) =>
    tx.execute(
      sql`update idempotency_keys set status = 'completed', response = ${JSON.stringify({ body })}::jsonb where ${where}`,
    ),
  )
  return body
}

async function free(
  { db }: Pick<CoreDeps, 'db'>,
  scope: Scope,
  where: ReturnType<typeof sql>,
): Promise<void> {
  const freeing = db.scoped(scope, (tx) =>
    tx.execute(sql`delete from idempotency_keys where ${where} and status = 'running'`),
  )
  // With the database away the key frees itself after `runningMinutes`; what the caller must
  // hear of is the failure of the request.
  await freeing.catch(() => undefined)
}

/** The same text for the same input, whatever the order of its fields. */
function canonical(input: unknown): string {
  return JSON.stringify(input ?? null, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

function replay<T>(
  known: { fingerprint: string; status: string; response: { body: T } | null },
  fingerprint: string,
): T {
  if (known.fingerprint !== fingerprint) {
    throw new SluiceError(
      'idempotency_mismatch',
      'This Idempotency-Key was used with another input. Use a new key for a new request.',
    )
  }
  if (known.status !== 'completed' || known.response === null) {
    throw new SluiceError(
      'conflict',
      'The first request with this Idempotency-Key is still being worked on. Try again in a moment.',
      { details: { retryAfterSeconds: 1 } },
    )
  }
  return known.response.body
}
