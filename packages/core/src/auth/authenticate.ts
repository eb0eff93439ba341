import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ApiKeyId, UserId, WorkspaceId } from '@sluice/contract/ids'
import type { Workspace } from '@sluice/contract/people'
import { roles, type KeyScope, type Role } from '@sluice/contract/roles'
import type { Pool } from '@sluice/db/connection'
import { mapDatabaseError } from '@sluice/db/errors'
import { digestSecret, isApiKey } from './secrets.ts'
import type { Principal } from './principal.ts'

export interface AuthenticateDeps {
  pool: Pool
  clock: { now(): Date }
  /** Of the session cookie, in full. */
  cookieName: string
  secret: string
}

/**
 * Finds out who sent a request, in one query: a key in `Authorization: Bearer …` or `x-api-key`, else the
 * session cookie. A request that brings a key is never judged by its cookie.
 * @returns undefined for no, unknown, expired or revoked credentials
 * @throws SluiceError `database_unavailable`
 */
export async function authenticate(
  deps: AuthenticateDeps,
  headers: Headers,
): Promise<Principal | undefined> {
  try {
    const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
    const key = bearer ?? headers.get('x-api-key')?.trim()
    if (key) return isApiKey(key) ? await findByKey(deps, key) : undefined
    const token = readSessionToken(headers.get('cookie') ?? '', deps)
    return token ? await findBySession(deps, token) : undefined
  } catch (error) {
    throw mapDatabaseError(error)
  }
}

/**
 * The session token of better-auth's signed cookie: `<token>.<signature>`, percent-encoded, where the
 * signature is the token's HMAC-SHA-256 in base64. Read here so that a request costs one query and not three.
 */
export function readSessionToken(
  cookie: string,
  { cookieName, secret }: Pick<AuthenticateDeps, 'cookieName' | 'secret'>,
): string | undefined {
  for (const part of cookie.split(';')) {
    const equals = part.indexOf('=')
    if (equals < 0 || part.slice(0, equals).trim() !== cookieName) continue
    const value = decode(part.slice(equals + 1).trim())
    const dot = value.lastIndexOf('.')
    if (dot < 1) continue
    const token = value.slice(0, dot)
    const expected = createHmac('sha256', secret).update(token).digest()
    const found = Buffer.from(value.slice(dot + 1), 'base64')
    if (found.length === expected.length && timingSafeEqual(found, expected)) return token
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // not one of our cookies
  }
}

interface WorkspaceColumns {
  workspace_id: WorkspaceId
  slug: string
  workspace_name: string
  created_at: string | Date
  role: Role
}

interface SessionRow {
  user_id: UserId
  name: string
  email: string
  workspaces: WorkspaceColumns[]
}

const toWorkspace = (row: WorkspaceColumns): Workspace => ({
  id: row.workspace_id,
  slug: row.slug,
  name: row.workspace_name,
  role: row.role,
  createdAt: new Date(row.created_at).toISOString(),
})

async function findBySession(
  { pool, clock }: AuthenticateDeps,
  token: string,
): Promise<Principal | undefined> {
  const { rows } = await pool.query<SessionRow>({
    name: 'principal by session',
    text: `
      select u.id as user_id, u.name, u.email, coalesce(
        json_agg(json_build_object('workspace_id', w.id, 'slug', w.slug, 'workspace_name', w.name, 'created_at', w.created_at, 'role', m.role)
          order by m.created_at, m.id) filter (where w.id is not null), '[]') as workspaces
      from auth_sessions s join users u on u.id = s.user_id
        left join members m on m.user_id = u.id left join workspaces w on w.id = m.workspace_id
      where s.token = $1 and s.expires_at > $2
      group by u.id`,
    values: [token, clock.now()],
  })
  const row = rows[0]
  if (!row) return undefined
  const user = { id: row.user_id, name: row.name, email: row.email }
  return {
    via: 'session',
    user,
    actor: { type: 'user', id: user.id, name: user.name },
    workspaces: row.workspaces.map(toWorkspace),
  }
}

interface KeyRow extends WorkspaceColumns {
  key_id: ApiKeyId
  key_name: string
  key_role: Role
  scopes: KeyScope[]
  user_id: UserId
  name: string
  email: string
  is_stale: boolean
}

/** `last_used_at` is kept to the minute: a busy key is not a write a request. */
const lastUsedStepMs = 60_000

async function findByKey(
  { pool, clock }: AuthenticateDeps,
  key: string,
): Promise<Principal | undefined> {
  const now = clock.now()
  const { rows } = await pool.query<KeyRow>({
    name: 'principal by key',
    // The join with members ends a key with its maker's membership.
    text: `
      select k.id as key_id, k.name as key_name, k.role as key_role, k.scopes, u.id as user_id, u.name, u.email, m.role,
        w.id as workspace_id, w.slug, w.name as workspace_name, w.created_at,
        (k.last_used_at is null or k.last_used_at < $3) as is_stale
      from api_keys k join members m on m.user_id = k.created_by and m.workspace_id = k.workspace_id
        join users u on u.id = k.created_by join workspaces w on w.id = k.workspace_id
      where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)`,
    values: [digestSecret(key), now, new Date(now.getTime() - lastUsedStepMs)],
  })
  const row = rows[0]
  if (!row) return undefined
  if (row.is_stale)
    await pool.query('update api_keys set last_used_at = $2 where id = $1', [row.key_id, now])
  const role = lowerRole(row.key_role, row.role)
  return {
    via: 'api_key',
    user: { id: row.user_id, name: row.name, email: row.email },
    actor: { type: 'api_key', id: row.key_id, name: `${row.key_name} (${row.name})` },
    workspaces: [toWorkspace({ ...row, role })],
    apiKey: { id: row.key_id, workspaceId: row.workspace_id, role, scopes: row.scopes },
  }
}

const lowerRole = (a: Role, b: Role): Role => (roles.indexOf(a) <= roles.indexOf(b) ? a : b)
