import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SluiceError } from '@sluice/contract/errors'

/** Seals secrets for the database with AES-256-GCM. */
export interface SecretBox {
  /** @param purpose bound into the seal, so that one column's value cannot be moved to another */
  seal(text: string, purpose: string): string
  /** @throws SluiceError internal when the key is another one or the text was changed */
  open(sealed: string, purpose: string): string
}

const version = 'v1'

/** @param key 32 bytes */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.byteLength !== 32)
    throw new Error(`A secret key has 32 bytes, this one has ${key.byteLength}`)
  return {
    seal(text, purpose) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return [
        version,
        nonce.toString('base64url'),
        cipher.getAuthTag().toString('base64url'),
        body.toString('base64url'),
      ].join('.')
    },
    open(sealed, purpose) {
      const [found, nonce, tag, body] = sealed.split('.')
      try {
        if (found !== version || nonce === undefined || tag === undefined || body === undefined)
          throw new Error('not a sealed secret')
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
          authTagLength: 16,
        })
          .setAAD(Buffer.from(purpose))
          .setAuthTag(Buffer.from(tag, 'base64url'))
        return Buffer.concat([
          decipher.update(Buffer.from(body, 'base64url')),
          decipher.final(),
        ]).toString('utf8')
      } catch (cause) {
        throw new SluiceError(
          'internal',
          'A stored secret cannot be read: the secret key is not the one it was sealed with. Restore the key, or enter the secret again.',
          { cause },
        )
      }
    },
  }
}
