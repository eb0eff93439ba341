export { createAuth, type Auth } from './create-auth.ts'
export { createSmtpMailer, type Mail, type Mailer } from './mailer.ts'
export type { Principal } from './principal.ts'
export { createApiKeySecret, createInvitationToken, digestSecret } from './secrets.ts'
