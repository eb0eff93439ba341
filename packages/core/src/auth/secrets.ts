import { createHash, randomBytes } from 'node:crypto'

const keyPrefix = 'slk_'

/** A new API key: 256 random bits behind a prefix that secret scanners can look for. */
export const createApiKeySecret = (): string => keyPrefix + randomBytes(32).toString('base64url')

export const isApiKey = (text: string): boolean =>
  text.startsWith(keyPrefix) && text.length === keyPrefix.length + 43

/** The secret of an invitation's link. */
export const createInvitationToken = (): string => randomBytes(32).toString('base64url')

/**
 * What is stored of a secret with 256 random bits. A slow hash, as passwords need, would add nothing:
 * there is nothing to guess.
 */
export const digestSecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url')
