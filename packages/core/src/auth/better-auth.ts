import { randomUUID } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { createAuthMiddleware } from 'better-auth/api'
import { createId } from '@sluice/contract/ids'
import type { Pool } from '@sluice/db/connection'
import type { Mailer } from './mailer.ts'

/** The header in which the server tells the caller's address; what a client sends under this name is dropped. */
export const addressHeader = 'x-sluice-address'
export const cookiePrefix = 'sluice'
export const sessionSeconds = 30 * 24 * 3600

export interface BetterAuthDeps {
  pool: Pool
  secret: string
  /** Where people reach this server; `https:` makes cookies Secure. */
  publicUrl: string
  mailer?: Mailer | undefined
  onError: (error: unknown) => void
  /** A user signed in, or changed or reset the password: for the audit. */
  onAccountEvent: (event: {
    action: AccountAction
    userId: string
    address: string | null
  }) => Promise<void>
}

export type AccountAction = 'user.signed_in' | 'user.password_changed' | 'user.password_reset'

/**
 * better-auth for accounts, passwords and sessions, on our tables. Signing up is off: an account comes
 * from the first setup or an invitation. Its organisation and key plugins are not used, since they bring
 * a second API beside the contract, without our audit, roles and row-level scope.
 */
export function createBetterAuth({
  pool,
  secret,
  publicUrl,
  mailer,
  onError,
  onAccountEvent,
}: BetterAuthDeps) {
  const addressOf = (headers: Headers | undefined): string | null =>
    headers?.get(addressHeader) ?? null
  return betterAuth({
    appName: 'Sluice',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret,
    database: pool,
    telemetry: { enabled: false },
    // A browser may reach the server by another name than publicUrl; a page of its own origin may sign in.
    trustedOrigins: (request) => (request ? [new URL(request.url).origin] : []),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 128,
      revokeSessionsOnPasswordReset: true,
      ...(mailer && {
        sendResetPassword: async ({
          user,
          url,
        }: {
          user: { name: string; email: string }
          url: string
        }) =>
          mailer.send({
            to: user.email,
            subject: 'Reset your Sluice password',
            text: `Hello ${user.name},\n\nset a new password here within an hour:\n${url}\n\nIf you did not ask for this, do nothing.\n`,
          }),
      }),
      onPasswordReset: async ({ user }, request) =>
        onAccountEvent({
          action: 'user.password_reset',
          userId: user.id,
          address: addressOf(request?.headers),
        }),
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    account: {
      modelName: 'accounts',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      modelName: 'auth_sessions',
      fields: {
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: sessionSeconds,
      updateAge: 24 * 3600,
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    rateLimit: {
      enabled: true,
      window: 60,
      max: 100,
      customRules: {
        '/sign-in/email': { window: 60, max: 10 },
        '/change-password': { window: 60, max: 10 },
        '/request-password-reset': { window: 300, max: 5 },
        '/reset-password': { window: 60, max: 10 },
      },
    },
    advanced: {
      cookiePrefix,
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      database: {
        generateId: ({ model }) =>
          model === 'user' || model === 'users' ? createId('usr') : randomUUID(),
        // Our migrations make the tables; a look at the catalogue at each start would find what they say.
        validateSchema: false,
      },
    },
    hooks: {
      after: createAuthMiddleware(async (ctx) => {
        const signedIn = ctx.path === '/sign-in/email' ? ctx.context.newSession?.user : undefined
        const changed =
          ctx.path === '/change-password' && !(ctx.context.returned instanceof Error)
            ? ctx.context.session?.user
            : undefined
        const address = addressOf(ctx.headers)
        if (signedIn)
          await onAccountEvent({ action: 'user.signed_in', userId: signedIn.id, address })
        if (changed)
          await onAccountEvent({ action: 'user.password_changed', userId: changed.id, address })
      }),
    },
    // What is no answer of better-auth's own is thrown to us, to be answered in the one error form.
    onAPIError: { throw: true },
    logger: {
      level: 'error',
      log: (_level, message, ...rest) =>
        onError(new Error(`better-auth: ${message}`, { cause: rest[0] })),
    },
  })
}
