import { sql } from 'drizzle-orm'
import { createRolePool } from '@sluice/db/connection'
import type { Database } from '@sluice/db/database'
import { recordAudit } from '../audit/index.ts'
import { authenticate } from './authenticate.ts'
import type { AccountAction } from './better-auth.ts'
import { handle } from './handler.ts'
import type { Mailer } from './mailer.ts'
import type { Principal } from './principal.ts'

export interface AuthDeps {
  db: Database
  /** For a small pool of its own under the role that alone reads passwords and session tokens. */
  databaseUrl: string
  poolSize?: number
  clock: { now(): Date }
  /** Signs the cookies; at least 32 characters, the same for all processes and over restarts. */
  secret: string
  /** Where people reach this server, such as `http://127.0.0.1:4000`. */
  publicUrl: string
  mailer?: Mailer | undefined
  onError: (error: unknown) => void
}

export interface Auth {
  /**
   * Answers `/api/auth/*`: sign-in and -out, password change and reset, one's own sessions.
   * @param address the caller's, as the server knows it
   * @throws SluiceError `not_found` for any other path, `forbidden` for another site's page, `database_unavailable`
   */
  handler(request: Request, address: string | null): Promise<Response>
  /** Who sent a request, by key or cookie, in one query; undefined for nobody. @throws SluiceError `database_unavailable` */
  authenticate(headers: Headers): Promise<Principal | undefined>
  /** Loads better-auth ahead of the first sign-in; not needed to start. */
  warmUp(): Promise<void>
  close(): Promise<void>
}

/** Puts the sign-in together. better-auth itself (a second of processor time) is loaded with its first request. */
export function createAuth(deps: AuthDeps): Auth {
  if (deps.secret.length < 32)
    throw new Error('The secret that signs cookies needs at least 32 characters')
  const { databaseUrl, clock, secret, onError } = deps
  const pool = createRolePool({
    url: databaseUrl,
    role: 'sluice_auth',
    applicationName: 'sluice sign-in',
    max: deps.poolSize ?? 4,
    onError,
  })
  const cookieName = `${deps.publicUrl.startsWith('https:') ? '__Secure-' : ''}sluice.session_token`

  const ownOrigin = new URL(deps.publicUrl).origin

  const load = async (): Promise<(request: Request) => Promise<Response>> => {
    const { createBetterAuth } = await import('./better-auth.ts')
    const auth = createBetterAuth({
      ...deps,
      pool,
      onAccountEvent: (event) => recordAccountEvent(deps.db, event),
    })
    return (request) => auth.handler(request)
  }
  let loaded: ReturnType<typeof load> | undefined
  const betterAuth = () => (loaded ??= load())

  return {
    handler: (request, address) =>
      handle(request, { address, ownOrigin, next: async (passed) => (await betterAuth())(passed) }),
    authenticate: (headers) => authenticate({ pool, clock, cookieName, secret }, headers),
    async warmUp() {
      await betterAuth()
    },
    async close() {
      await pool.end()
    },
  }
}

/** Signing in concerns every workspace that the user belongs to. */
async function recordAccountEvent(
  db: Database,
  { action, userId, address }: { action: AccountAction; userId: string; address: string | null },
): Promise<void> {
  await db.system(async (tx) => {
    const { rows } = await tx.execute<{ workspace_id: string; name: string }>(
      sql`select m.workspace_id, u.name from members m join users u on u.id = m.user_id where m.user_id = ${userId}`,
    )
    for (const { workspace_id: workspaceId, name } of rows) {
      const actor = { type: 'user', id: userId, name } as const
      await recordAudit(
        tx,
        { workspaceId, actor, address },
        { action, subjectType: 'user', subjectId: userId },
      )
    }
  })
}
